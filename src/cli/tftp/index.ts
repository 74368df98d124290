import { command as get } from './get.ts';
import { command as put } from './put.ts';
import { command as serve } from './serve.ts';

/** The verbs of `bootwright tftp`. */
export const verbs = { serve, get, put };
