/** What the admin API says, as JSON. */
export type AdminDocument = Readonly<Record<string, unknown>>;

/** The admin API does not answer. */
export class AdminUnreachable extends Error {
  override readonly name = "AdminUnreachable";
}

/** The admin API has refused. */
export class AdminAnswerError extends Error {
  override readonly name = "AdminAnswerError";
  /** The status of its answer. */
  readonly status: number;

  constructor(message: string, status: number) {
    super(message);
    this.status = status;
  }
}

/** Talks to the admin API of a running proxy. */
export class AdminClient {
  readonly #base: string;

  /** `admin` is a URL, or host and port. */
  constructor(admin: string) {
    this.#base = (/^https?:\/\//.test(admin) ? admin : `http://${admin}`).replace(/\/$/, "");
  }

  /**
   * Sends a request and gives back its answer.
   *
   * @throws AdminUnreachable when nobody answers; AdminAnswerError when the answer is a refusal
   */
  async send<T = AdminDocument>(
    method: "GET" | "POST" | "PATCH" | "DELETE",
    path: string,
    body?: object,
  ): Promise<T> {
    const response = await this.#fetch(path, { method, ...(body ? { body: JSON.stringify(body) } : {}) });
    const document = (await response.json().catch(() => ({}))) as AdminDocument;
    if (response.ok) return document as T;
    const field =
      typeof document["field"] === "string" && document["field"] !== "" ? `${document["field"]}: ` : "";
    const said = `${field}${String(document["message"] ?? response.statusText)}`;
    throw new AdminAnswerError(said, response.status);
  }

  async #fetch(path: string, init: RequestInit): Promise<Response> {
    try {
      return await fetch(this.#base + path, init);
    } catch (cause) {
      const reason = ((cause as Error).cause as Error | undefined)?.message || String(cause);
      const advice = "is the proxy running? --admin or MILLRACE_ADMIN says where its admin API is";
      throw new AdminUnreachable(`no answer from ${this.#base} (${reason}); ${advice}`, { cause });
    }
  }
}
