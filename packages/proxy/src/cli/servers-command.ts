import { Command, Option } from "commander";
import { addClientOptions, type ClientOptions, clientOf, print } from "./client-options.js";
import { finishing } from "./exit.js";
import { formatTable } from "./table.js";

/** As much of a server as is printed. */
interface ServerDocument {
  readonly id: string;
  readonly url: string;
  readonly state: string;
  readonly weight: number;
  readonly lastCheck: { readonly reason: string; readonly took: string } | null;
}

interface AddOptions extends ClientOptions {
  readonly weight?: number;
  readonly healthPath?: string;
  readonly healthInterval?: string;
}

const examples = `
Examples:
  millrace servers list
  millrace servers add http://127.0.0.1:12345 --weight 2 --health-path /health
  millrace servers drain 127.0.0.1:12345
  millrace servers drain 127.0.0.1:12345 --undo
  millrace servers remove 127.0.0.1:12345 --drain 10s`;

/** Makes `millrace servers`. */
export function serversCommand(): Command {
  const servers = new Command("servers").description("list and change the servers of a running proxy");
  return servers
    .addCommand(addClientOptions(new Command("list")).description("list the servers").action(finishing(list)))
    .addCommand(addCommand())
    .addCommand(removeCommand())
    .addCommand(drainCommand())
    .addHelpText("after", examples);
}

function addCommand(): Command {
  return addClientOptions(new Command("add"))
    .description("add a server, and wait until every worker knows it")
    .argument("<url>", "where it is, such as http://127.0.0.1:12345")
    .addOption(new Option("--weight <number>", "share of traffic relative to the others").argParser(Number))
    .option("--health-path <path>", "path of its health check")
    .option("--health-interval <duration>", "time between its health checks, such as 5s")
    .action(finishing(add));
}

function removeCommand(): Command {
  return addClientOptions(new Command("remove"))
    .description("remove a server once its requests are finished")
    .argument("<server>", "its id or URL")
    .option("--drain <duration>", 'how long its requests may go on; "0s" cuts them off')
    .action(finishing(remove));
}

function drainCommand(): Command {
  return addClientOptions(new Command("drain"))
    .description("let a server finish what it has and get nothing new, but keep it")
    .argument("<server>", "its id or URL")
    .option("--undo", "let it take requests again")
    .action(finishing(drain));
}

async function list(options: ClientOptions): Promise<void> {
  const document = await clientOf(options).send<{ servers: ServerDocument[] }>("GET", "/servers");
  print(options, document, ({ servers }) => (servers.length === 0 ? "no servers" : serverTable(servers)));
}

async function add(url: string, options: AddOptions): Promise<void> {
  const { weight, healthPath: path, healthInterval: interval } = options;
  const healthCheck = path === undefined && interval === undefined ? undefined : { path, interval };
  const server = await clientOf(options).send<ServerDocument>("POST", "/servers?wait=applied", {
    url,
    weight,
    healthCheck,
  });
  print(options, server, ({ id }) => `${id} is in the pool`);
}

async function remove(name: string, options: ClientOptions & { readonly drain?: string }): Promise<void> {
  const drain = options.drain === undefined ? "" : `&drain=${encodeURIComponent(options.drain)}`;
  const path = `${serverPath(name)}?wait=applied${drain}`;
  const answer = await clientOf(options).send("DELETE", path);
  print(options, answer, ({ removed }) =>
    removed ? `${name} is removed` : `${name} finishes what it has, then leaves`,
  );
}

async function drain(name: string, options: ClientOptions & { readonly undo?: true }): Promise<void> {
  const change = { draining: options.undo !== true };
  const server = await clientOf(options).send<ServerDocument>(
    "PATCH",
    `${serverPath(name)}?wait=applied`,
    change,
  );
  print(options, server, ({ id }) =>
    options.undo ? `${id} takes requests again` : `${id} gets nothing new`,
  );
}

function serverPath(name: string): string {
  return `/servers/${encodeURIComponent(name)}`;
}

function serverTable(servers: readonly ServerDocument[]): string {
  const rows = servers.map(({ id, url, state, weight, lastCheck }) => {
    return [id, url, state, weight, lastCheck ? `${lastCheck.reason} in ${lastCheck.took}` : "not yet"];
  });
  return formatTable(["ID", "URL", "STATE", "WEIGHT", "LAST CHECK"], rows);
}
