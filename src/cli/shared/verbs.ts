import { buildRouteMap, type Command, type RouteMap } from '@stricli/core';
import type { Context } from './context.ts';

export type Route = Command<Context> | RouteMap<Context>;

/** A noun with its verbs; its help shows of each verb what must be given, and leaves the flags to the verb's own help. */
export function verbsOf(brief: string, routes: Readonly<Record<string, Route>>): RouteMap<Context> {
  const map = buildRouteMap<string, Context>({ routes, docs: { brief } });
  return {
    ...map,
    formatHelp: (args) => map.formatHelp({ ...args, config: { ...args.config, onlyRequiredInUsageLine: true } }),
  };
}
