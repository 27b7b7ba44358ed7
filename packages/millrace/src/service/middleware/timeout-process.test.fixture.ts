// Makes calls under a limit of an hour, some of them to be answered at once; with "wait", one more under a
// short limit that nothing but the limit ends. Ends by itself when no timer keeps it.
import { createContext } from "../context.js";
import { timeout } from "./timeout.js";

const peer = {
  ready: true,
  whenReady: () => Promise.resolve(),
  call: (request: string) => (request === "never" ? new Promise<string>(() => {}) : Promise.resolve(request)),
};
const patient = timeout<string, string>({ limitMs: 3_600_000 })(peer);
for (let call = 0; call < 5; call += 1) await patient.call("now", createContext());

if (process.argv[2] === "wait") {
  const strict = timeout<string, string>({ limitMs: 20 })(peer);
  for (let call = 0; call < 5; call += 1) await strict.call("now", createContext());
  await strict
    .call("never", createContext())
    .catch((error: { code: string }) => process.stdout.write(error.code));
}
