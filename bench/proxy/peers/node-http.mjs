import { nodeScript } from "./node-script.mjs";

/** What one writes by hand with the standard library. */
export const nodeHttp = nodeScript("node:http", "node-http.mjs", []);
