import { verbsOf } from '../shared/verbs.ts';
import * as send from './send.ts';
import * as serve from './serve.ts';

/** The verbs of `bootwright echo`. */
export const verbs = {
  serve: verbsOf('Runs an echo server until it is interrupted', { udp: serve.udp, tcp: serve.tcp }),
  send: verbsOf('Sends messages and prints, or measures, the echoes', { udp: send.udp, tcp: send.tcp }),
};
