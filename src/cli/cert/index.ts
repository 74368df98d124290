import { buildRouteMap } from '@stricli/core';
import { command as create } from './create.ts';
import { command as rotpk } from './rotpk.ts';
import { command as show } from './show.ts';

export const route = buildRouteMap({
  routes: { create, show, rotpk },
  docs: { brief: 'Makes and explains the certificates of a chain of trust' },
});
