import { get } from "node:http";

/**
 * A GET by `node:http`, read as text.
 *
 * @param {string} url
 * @param {import("node:http").Agent} agent
 * @returns {Promise<string>}
 */
export function getText(url, agent) {
  return new Promise((resolve, reject) => {
    get(url, { agent }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk) => (text += chunk));
      response.on("end", () => resolve(text));
      response.on("error", reject);
    }).on("error", reject);
  });
}
