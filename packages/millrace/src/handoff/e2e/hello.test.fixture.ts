/** What a new process begins with, as far as a test has no other idea. */
export const hello = {
  type: "hello",
  protocol: 1,
  name: "program",
  release: "z",
  pid: process.pid,
  host: "elsewhere",
  addresses: [],
  ways: ["pass"],
  probationMs: 0,
};
