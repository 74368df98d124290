import { buildRouteMap } from '@stricli/core';
import { command as create } from './new.ts';
import { command as show } from './show.ts';

export const route = buildRouteMap({
  routes: { new: create, show },
  docs: { brief: 'Makes key pairs and tells what a key is' },
});
