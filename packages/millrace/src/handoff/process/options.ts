/** How a program behaves as a process. */
export interface ProcessOptions {
  /**
   * Whether SIGTERM and SIGINT stop it: the first lets connections finish, the second does not wait for them.
   * The same one again within a second is taken for an echo of the first.
   * @defaultValue true
   */
  readonly stopOnSignals?: boolean | undefined;
  /**
   * Signals at which it starts itself again, with the same arguments, and hands over to that.
   * @defaultValue `SIGUSR2`, and `SIGHUP` too when there is no terminal that could hang up
   */
  readonly restartOn?: readonly NodeJS.Signals[] | undefined;
  /**
   * A file with the id of the process that serves, replaced in one step when that changes.
   * @defaultValue none
   */
  readonly pidFile?: string | undefined;
  /**
   * Whether a service manager is told who serves, and when a new version gets ready (`sd_notify`), by means of the program
   * `systemd-notify`. The unit needs `NotifyAccess=all`. Nobody is told where `NOTIFY_SOCKET` is not set.
   * @defaultValue true
   */
  readonly notify?: boolean | undefined;
  /**
   * Whether an error that nobody catches and `process.exit` are put off while a predecessor stands by: this process gives
   * the addresses back to it, finishes what it has begun within `giveBackMs`, and ends then, with the same error or exit
   * code. `process.exit` throws meanwhile. Once the probation is over, nothing is put off.
   * @defaultValue true
   */
  readonly giveBackOnExit?: boolean | undefined;
  /**
   * Whether this process stays after it has handed over, passes signals on to whoever serves, starts the next version at
   * those of `restartOn`, and ends when nobody serves: for whatever waits on the process it has started.
   * @defaultValue whether it is process 1, as in a container
   */
  readonly stay?: boolean | undefined;
}
