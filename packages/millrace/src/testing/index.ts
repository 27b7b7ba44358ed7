export { settle, VirtualClock } from "./virtual-clock.js";
