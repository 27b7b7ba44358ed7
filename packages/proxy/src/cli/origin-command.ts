import type { AddressInfo } from "node:net";
import { Command, Option } from "commander";
import { formatAddress } from "../config/address.js";
import { addressOption } from "./address-option.js";
import { finishing } from "./exit.js";
import { createOrigin } from "./origin.js";

const examples = `
What it answers:
  /               hello
  /large          1 MiB, or ?bytes=
  /echo           the request's own body
  /status/:code   that status
  /slow?ms=       hello, that much later

Examples:
  millrace origin
  millrace origin --listen 127.0.0.1:12346`;

/** Makes `millrace origin`. */
export function originCommand(): Command {
  return new Command("origin")
    .description("run a server to try a proxy on")
    .addOption(
      new Option("--listen <address>", "where")
        .argParser(addressOption)
        .default({ host: "127.0.0.1", port: 12345 }, "127.0.0.1:12345"),
    )
    .addHelpText("after", examples)
    .action(finishing(origin));
}

async function origin({ listen }: { readonly listen: { host: string; port: number } }): Promise<void> {
  const server = createOrigin();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(listen, resolve);
  });
  const { port } = server.address() as AddressInfo;
  const url = `http://${formatAddress({ host: listen.host, port })}`;
  process.stderr.write(`millrace origin answers at ${url}\n\n`);
  process.stderr.write(`Add it to a running proxy:\n  curl localhost:8687/servers -d '{"url":"${url}"}'\n`);
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(0));
}
