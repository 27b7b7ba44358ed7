import { lazy, object, union } from "./composites.js";
import { list, map, optional, set } from "./containers.js";
import {
  any,
  bearertoken,
  binary,
  boolean,
  datetime,
  double,
  enumOf,
  integer,
  rid,
  safelong,
  string,
  uuid,
} from "./primitives.js";

/**
 * The types of Conjure, to be put together: `types.list(types.integer)`. An alias is the type it stands for.
 * Values look as conjure-typescript generates them, but for numbers that are not finite, which are numbers here,
 * and for binary, which is bytes.
 */
export const types = {
  any,
  bearertoken,
  binary,
  boolean,
  datetime,
  double,
  enumOf,
  integer,
  lazy,
  list,
  map,
  object,
  optional,
  rid,
  safelong,
  set,
  string,
  union,
  uuid,
} as const;
