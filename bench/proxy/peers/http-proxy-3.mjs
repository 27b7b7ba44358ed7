import { nodeScript } from "./node-script.mjs";

export const httpProxy3 = nodeScript("http-proxy-3", "http-proxy-3.mjs", ["http-proxy-3"]);
