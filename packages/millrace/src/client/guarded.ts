import { faults } from "../service/fault.js";

/** Does what somebody else's code may throw at: that is a fault, and the call goes on. */
export function guarded<T>(where: string, work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    faults.publish({ where, error });
    return undefined;
  }
}
