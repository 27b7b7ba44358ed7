import type { IncomingMessage, ServerResponse } from "node:http";
import { type Clock, systemClock } from "../../base/clock.js";
import { invalidOption, requireOptionalFunctions, requirePositive } from "../../base/options.js";
import { openedChannels } from "../../channel/channel.js";
import { fromFunction } from "../../service/from-function.js";
import type { Service } from "../../service/service.js";
import { BytesBody } from "../../wire/http/body.js";
import { Fields } from "../../wire/http/fields.js";
import type { HttpRequest, HttpResponse } from "../../wire/http/message.js";
import { reasonOf } from "../../wire/http/status.js";
import { channelPage, listPage, missingPage } from "./pages.js";
import { ChannelNumbers, type ChannelReport, type DiagnosedChannel, reportOf } from "./report.js";

/** Which channels a diagnostics page shows, and where it is. */
export interface DiagnosticsOptions {
  /** Gives the channels, each time the page is asked for. @defaultValue all that are open in this process */
  readonly channels?: (() => Iterable<DiagnosedChannel>) | undefined;
  /**
   * Where the page is: the list is there, each channel below it.
   * @defaultValue "/"
   */
  readonly path?: string | undefined;
  /**
   * How long a channel may take to tell of itself, in milliseconds; then it is listed as having failed to.
   * @defaultValue 4_000
   */
  readonly limitMs?: number | undefined;
  /** @defaultValue {@link systemClock} */
  readonly clock?: Clock | undefined;
}

/** A page about channels: their addresses, members, errors, back-off, and how the next call would go. */
export interface Diagnostics {
  /** Asks every channel. */
  report(): Promise<readonly ChannelReport[]>;
  /** The page as a service. */
  readonly service: Service<HttpRequest, HttpResponse>;
  /** The page as a listener of `node:http`. */
  readonly listener: (request: IncomingMessage, response: ServerResponse) => void;
}

/**
 * Makes a page that shows channels: HTML, or JSON for who accepts `application/json` or asks for `?format=json`.
 *
 * It tells addresses and errors: keep it to where operators look.
 *
 * @throws MillraceError `invalid-options` when `limitMs` is not positive
 */
export function createDiagnostics(options: DiagnosticsOptions = {}): Diagnostics {
  const { channels = openedChannels, path = "/", limitMs = 4_000, clock = systemClock } = options;
  requirePositive("diagnostics.limitMs", limitMs);
  requireOptionalFunctions("diagnostics", options, "channels");
  if (typeof path !== "string" || !path.startsWith("/"))
    throw invalidOption("diagnostics.path", 'a path such as "/"', path);
  const numbers = new ChannelNumbers();
  const root = path.endsWith("/") ? path : `${path}/`;

  const report = (id?: string) => {
    const asked = [...channels()].filter((channel) => id === undefined || numbers.of(channel) === id);
    return Promise.all(asked.map((channel) => reportOf(channel, numbers.of(channel), { limitMs, clock })));
  };
  const answer = (request: PageRequest) => answerPage(request, root, report);
  return {
    report: () => report(),
    service: fromFunction(async ({ method, target, fields }) => {
      const page = await answer({ method, url: target.path, accept: fields.getList("accept") });
      return {
        status: page.status,
        reason: reasonOf(page.status),
        fields: Fields.from(Object.entries(page.headers)),
        body: BytesBody.ofText(page.text),
      };
    }),
    listener(request, response) {
      const { method = "GET", url = "/", headers } = request;
      void answer({ method, url, accept: headers.accept }).then((page) =>
        response.writeHead(page.status, page.headers).end(page.text),
      );
    },
  };
}

interface PageRequest {
  readonly method: string;
  readonly url: string;
  readonly accept: string | undefined;
}

interface Page {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly text: string;
}

async function answerPage(
  { method, url, accept }: PageRequest,
  root: string,
  report: (id?: string) => Promise<ChannelReport[]>,
): Promise<Page> {
  const { pathname, searchParams } = new URL(url, "http://diagnostics");
  const json = searchParams.get("format") === "json" || (accept?.includes("application/json") ?? false);
  if (method !== "GET" && method !== "HEAD")
    return page(405, json, { error: "GET only" }, () => missingPage(root));
  if (pathname === root || `${pathname}/` === root) {
    const channels = await report();
    return page(200, json, { channels }, () => listPage(channels, root));
  }
  const id = pathname.startsWith(root) ? pathname.slice(root.length) : "";
  const [channel] = id === "" ? [] : await report(id);
  if (!channel) return page(404, json, { error: "no such channel" }, () => missingPage(root));
  return page(200, json, channel, () => channelPage(channel, root));
}

function page(status: number, json: boolean, data: object, html: () => string): Page {
  return {
    status,
    headers: {
      "Content-Type": json ? "application/json" : "text/html; charset=utf-8",
      "Cache-Control": "no-store",
      // Errors of servers are shown here: nothing of what they say may run.
      "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    },
    text: json ? `${JSON.stringify(data, plain, 2)}\n` : html(),
  };
}

/** Errors say what they say; everything else is as it is. */
function plain(_key: string, value: unknown): unknown {
  return value instanceof Error ? { name: value.name, message: value.message } : value;
}
