import { configRoutes } from "./config-routes.js";
import type { AdminParts } from "./parts.js";
import type { Route } from "./route.js";
import { serverRoutes } from "./server-routes.js";
import { statsRoutes } from "./stats-routes.js";
import { systemRoutes } from "./system-routes.js";

/** The route table: everything that the admin API can do. */
export function adminRoutes(parts: AdminParts): readonly Route[] {
  const routes: readonly Route[] = [
    ...systemRoutes(parts, () => routes),
    ...serverRoutes(parts),
    ...configRoutes(parts),
    ...statsRoutes(parts),
  ];
  return routes;
}
