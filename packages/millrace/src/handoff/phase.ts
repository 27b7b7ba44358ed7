/** Where a process is in the succession. */
export type HandoffPhase =
  /** It gets ready; a predecessor, if there is one, serves. Next: serving, ended. */
  | "starting"
  /** It serves. Next: standby, draining, ended. */
  | "serving"
  /** A successor serves and may still fail; what was open is finished meanwhile. Next: serving, draining. */
  | "standby"
  /** A successor serves, and this process carries its bytes. Next: draining. */
  | "fronting"
  /** It finishes what is open. Next: ended. */
  | "draining"
  /** Nothing is left. */
  | "ended";

/** Why a process's part has ended. */
export type HandoffEnding =
  /** A successor has taken over and proven itself. */
  | "handed-over"
  /** It has given the addresses back to its predecessor, which serves again. */
  | "given-back"
  /** It was told to stop. */
  | "stopped";
