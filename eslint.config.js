// Biome formats and lints. ESLint adds only what needs types (promises), sizes, and the ban on ambient
// time and chance.
import tseslint from "typescript-eslint";

const handedIn =
  "Take it from the Clock or Random that was handed in: nothing else can be tested or simulated.";

const ambientGlobals = ["setTimeout", "setInterval", "performance"];

const ambientProperties = [
  ["Date", "now"],
  ["Math", "random"],
  ["AbortSignal", "timeout"],
  ["process", "hrtime"],
  ...["setTimeout", "setInterval", "performance"].map((property) => ["globalThis", property]),
];

const ambientModules = ["node:timers", "node:timers/promises", "node:perf_hooks"];

export default tseslint.config(
  { ignores: ["**/*", "!packages/", "!packages/*/", "!packages/*/src/", "!packages/*/src/**"] },
  {
    files: ["packages/*/src/**/*.ts"],
    languageOptions: {
      parser: tseslint.parser,
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    plugins: { "@typescript-eslint": tseslint.plugin },
    rules: {
      "@typescript-eslint/await-thenable": "error",
      // Three is the habit; more than four does not pass.
      "@typescript-eslint/max-params": ["error", { max: 4 }],
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/no-misused-promises": "error",
      // `return promise` from a try block would leave its catch and finally behind.
      "@typescript-eslint/return-await": ["error", "error-handling-correctness-only"],
      "max-lines": ["error", { max: 400 }],
      "no-restricted-properties": [
        "error",
        {
          object: "AbortSignal",
          property: "any",
          message: "On Node 20 it keeps memory for as long as a parent lives. Use ChildAbort.",
        },
      ],
    },
  },
  {
    files: ["packages/*/src/**/*.ts"],
    ignores: [
      "packages/millrace/src/base/**",
      "packages/millrace/src/testing/**",
      "packages/proxy/src/cli/**",
      "**/*.test.ts",
    ],
    rules: {
      "no-restricted-globals": ["error", ...ambientGlobals.map((name) => ({ name, message: handedIn }))],
      "no-restricted-imports": [
        "error",
        { paths: ambientModules.map((name) => ({ name, message: handedIn })) },
      ],
      "no-restricted-properties": [
        "error",
        ...ambientProperties.map(([object, property]) => ({ object, property, message: handedIn })),
        {
          object: "AbortSignal",
          property: "any",
          message: "On Node 20 it keeps memory for as long as a parent lives. Use ChildAbort.",
        },
      ],
      "no-restricted-syntax": [
        "error",
        { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: handedIn },
      ],
    },
  },
  {
    // One overload for each number of layers.
    files: ["packages/millrace/src/service/stack.ts"],
    rules: { "@typescript-eslint/max-params": "off" },
  },
  {
    files: ["**/*.test.ts", "**/*.test.fixture.ts"],
    rules: {
      // node:test's describe and it return promises that nobody needs to wait for.
      "@typescript-eslint/no-floating-promises": [
        "error",
        {
          allowForKnownSafeCalls: [
            {
              from: "package",
              name: ["describe", "it", "test", "suite", "before", "after"],
              package: "node:test",
            },
          ],
        },
      ],
    },
  },
);
