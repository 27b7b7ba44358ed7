export { formatDuration, parseDuration } from "../base/durations.js";
export { nearest } from "../base/nearest.js";
export { ConfigError, type ConfigIssue, checkDocument, type Position } from "./document/issues.js";
export { type DocumentText, type ReadDocument, readDocument } from "./document/read-document.js";
export {
  type FileRefreshable,
  type FileRefreshableOptions,
  openFileRefreshable,
} from "./refreshable/file-refreshable.js";
export { createRefreshable, type Refreshable, RefreshableSource } from "./refreshable/refreshable.js";
export { decodeMeasure, duration, durations, type Measure, size, sizes } from "./schema/measures.js";
export { section } from "./schema/section.js";
export { formatSize, parseSize } from "./units/sizes.js";
