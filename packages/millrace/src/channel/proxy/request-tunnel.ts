import type { Socket } from "node:net";
import { MillraceError } from "../../base/errors.js";
import { messageLimits } from "../../wire/h1/limits.js";
import { parseResponseHead, type ResponseHead } from "../../wire/h1/response-head.js";

/** What is asked of a proxy, and for whom. */
export interface TunnelRequest {
  /** Host and port to connect to: `a.test:443`. */
  readonly authority: string;
  /** Field lines after `Host`, each with its CRLF. */
  readonly fieldLines: string;
  /** Whether there are credentials among them. */
  readonly authorized: boolean;
  /** Which proxy, for messages. */
  readonly proxy: string;
}

/** A proxy has little to say: what is longer is none. */
const limits = messageLimits({ headBytes: 16_384 });

/**
 * Asks the proxy at the other end of `socket` for a tunnel (RFC 9110 §9.3.6). Afterwards the socket is
 * paused, and what it reads comes from the other side.
 *
 * @throws MillraceError `connect-failed` when the proxy refuses, leaves, or does not speak HTTP; the signal's reason
 * when that aborts first. The socket is destroyed then
 */
export async function requestTunnel(
  socket: Socket,
  request: TunnelRequest,
  signal: AbortSignal,
): Promise<void> {
  const { authority, fieldLines } = request;
  socket.write(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n${fieldLines}\r\n`, "latin1");
  try {
    const head = await readHead(socket, signal);
    if (head.status >= 300) throw refusal(request, head);
  } catch (error) {
    socket.on("error", () => {});
    socket.destroy();
    if (signal.aborted) throw signal.reason;
    throw error instanceof MillraceError && error.code === "connect-failed"
      ? error
      : brokenAnswer(request, error);
  }
}

/** Reads the final response head; the rest goes back to the socket. */
function readHead(socket: Socket, signal: AbortSignal): Promise<ResponseHead> {
  return new Promise((resolve, reject) => {
    let text = "";
    let interims = 0;
    const finish = (settle: () => void) => {
      socket.off("data", onData).off("error", onError).off("close", onClose).off("end", onClose);
      signal.removeEventListener("abort", onAbort);
      socket.pause();
      settle();
    };
    const onData = (chunk: Buffer) => {
      text += chunk.toString("latin1");
      try {
        let head = parseResponseHead(text, limits, "CONNECT");
        for (; head && head.status < 200; head = parseResponseHead(text, limits, "CONNECT")) {
          if ((interims += 1) > limits.interimResponses) throw new Error("too many interim responses");
          text = text.slice(head.end);
        }
        if (head) settleWith(head);
      } catch (error) {
        finish(() => reject(error as Error));
      }
    };
    const settleWith = (head: ResponseHead) => {
      finish(() => resolve(head));
      if (head.end < text.length) socket.unshift(Buffer.from(text.slice(head.end), "latin1"));
    };
    const onError = (error: Error) => finish(() => reject(error));
    const onClose = () => finish(() => reject(new Error("the connection closed")));
    const onAbort = () => finish(() => reject(signal.reason as Error));
    socket.on("data", onData).on("error", onError).on("close", onClose).on("end", onClose);
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) onAbort();
  });
}

function refusal(
  { proxy, authority, authorized }: TunnelRequest,
  { status, reason }: ResponseHead,
): MillraceError {
  const said = reason === "" ? `${status}` : `${status} ${reason.slice(0, 100)}`;
  const why = authorized ? "it does not accept the credentials" : "it asks for credentials";
  const detail = status === 407 ? `${why} (${said})` : said;
  return new MillraceError(`the proxy ${proxy} refuses to connect to ${authority}: ${detail}`, {
    code: "connect-failed",
    unsent: true,
  });
}

function brokenAnswer({ proxy, authority }: TunnelRequest, cause: unknown): MillraceError {
  const reason = (cause as NodeJS.ErrnoException).code ?? (cause as Error).message;
  return new MillraceError(`no tunnel to ${authority} from the proxy ${proxy}: ${reason}`, {
    code: "connect-failed",
    unsent: true,
    cause,
  });
}
