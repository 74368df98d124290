import { buildRouteMap } from '@stricli/core';
import * as send from './send.ts';
import * as serve from './serve.ts';

export const route = buildRouteMap({
  routes: {
    serve: buildRouteMap({
      routes: { udp: serve.udp, tcp: serve.tcp },
      docs: { brief: 'Serves echoes until it is interrupted' },
    }),
    send: buildRouteMap({
      routes: { udp: send.udp, tcp: send.tcp },
      docs: { brief: 'Sends messages and prints or measures what comes back' },
    }),
  },
  docs: { brief: 'Serves and asks for echoes over datagrams and streams' },
});
