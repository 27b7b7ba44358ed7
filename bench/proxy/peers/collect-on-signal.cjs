// Preloaded into Node peers by the idle question only: SIGPWR makes them collect all garbage, so
// that resident memory shows what connections hold and not when the collector last ran.
const { setFlagsFromString } = require("node:v8");
const { runInNewContext } = require("node:vm");

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc");
process.on("SIGPWR", () => collect());
