import { buildRouteMap } from '@stricli/core';
import { command as get } from './get.ts';
import { command as put } from './put.ts';
import { command as serve } from './serve.ts';

export const route = buildRouteMap({
  routes: { serve, get, put },
  docs: { brief: 'Serves, fetches and stores files over TFTP' },
});
