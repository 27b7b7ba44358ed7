/** What a simulated client asks. */
export interface SimulatedRequest {
  /** Number of the request, from 0. */
  readonly id: number;
  /** Number of the client that sends it, from 0. */
  readonly client: number;
  /** What is asked for: one of those the simulation names, each as likely. */
  readonly endpoint: string;
}

/** What a simulated server answers. */
export interface SimulatedResponse {
  /** As in HTTP. */
  readonly status: number;
  /** The server that answered. */
  readonly server: string;
}
