export { formatDuration, formatSize, parseDuration, parseSize } from "./units/units.js";
