import { Fault } from '../../fault.ts';
import { Labels } from '../source/labels.ts';
import { type LiveNode, liveNodes } from '../source/live.ts';
import { Phandles } from '../source/phandles.ts';
import { showSpan } from '../source/text.ts';
import type { CheckContext, CheckFinding, TreeCheck } from './check.ts';
import { checkTable } from './table.ts';

/** How a check is to be taken: dtc's `-W name`, `-E name`, `-W no-name`, `-E no-name`. */
export interface CheckSetting {
  readonly name: string;
  readonly level: 'warning' | 'error';
  readonly on: boolean;
}

/** What `runChecks` is told beside the tree. */
export interface CheckOptions {
  readonly labels?: Labels;
  readonly phandles?: Phandles;
  readonly plugin?: boolean;
  readonly symbols?: boolean;
  /** In order; each changes what the ones before it left. */
  readonly settings?: readonly CheckSetting[];
}

export interface CheckResult {
  readonly findings: readonly CheckFinding[];
  /** Whether a check failed that counts as an error. */
  readonly failed: boolean;
}

/** What one tree may be reported for: two equal names among thousands of siblings are reported pair by pair. */
const MAX_FINDINGS = 100_000;

interface State {
  readonly check: TreeCheck;
  warning: boolean;
  error: boolean;
  status: 'unchecked' | 'prerequisite' | 'passed' | 'failed';
}

/** Whether a check of this name exists. */
export const isCheck = (name: string): boolean => checkTable.some((check) => check.name === name);

/**
 * Runs the table of checks over a tree, in its order and each after what it needs. References, phandles, redundant
 * `name` properties and unused nodes are brought into their final form on the way: a tree is ready to be written only
 * after this.
 */
export function runChecks(root: LiveNode, options: CheckOptions = {}): CheckResult {
  const states = new Map(checkTable.map((check) => [check.name, initial(check)]));
  for (const setting of options.settings ?? []) apply(states, setting);
  return new CheckRun(root, states, options).all();
}

const initial = (check: TreeCheck): State => ({
  check,
  warning: check.level === 'warning',
  error: check.level === 'error',
  status: 'unchecked',
});

/** Raising a check raises what it needs; lowering one lowers what needs it. */
function apply(states: ReadonlyMap<string, State>, setting: CheckSetting): void {
  const state = states.get(setting.name);
  if (state === undefined) throw new Error(`there is no check ${setting.name}`);
  if (state[setting.level] !== setting.on) {
    const affected = setting.on
      ? (state.check.needs ?? [])
      : [...states.values()].filter(({ check }) => check.needs?.includes(setting.name)).map(({ check }) => check.name);
    for (const name of affected) apply(states, { ...setting, name });
  }
  state[setting.level] = setting.on;
}

function indexProperties(nodes: readonly LiveNode[]): Map<string, LiveNode[]> {
  const index = new Map<string, LiveNode[]>();
  for (const node of nodes) {
    for (const { name } of node.properties) {
      const list = index.get(name);
      if (list === undefined) index.set(name, [node]);
      else if (list.at(-1) !== node) list.push(node);
    }
  }
  return index;
}

class CheckRun {
  readonly #states: ReadonlyMap<string, State>;
  readonly #findings: CheckFinding[] = [];
  #reports = 0;
  readonly #context: Omit<CheckContext, 'report'>;
  #nodes: readonly LiveNode[] | undefined;
  /** Nodes by the names of their properties. */
  #having: Map<string, LiveNode[]> | undefined;

  constructor(root: LiveNode, states: ReadonlyMap<string, State>, options: CheckOptions) {
    this.#states = states;
    this.#context = {
      root,
      labels: options.labels ?? new Labels(root),
      phandles: options.phandles ?? new Phandles(),
      plugin: options.plugin ?? false,
      symbols: options.symbols ?? false,
      cells: new Map(),
      buses: new Map(),
    };
  }

  all(): CheckResult {
    let failed = false;
    for (const state of this.#states.values()) {
      // As in dtc, nothing runs after the first check that fails as an error.
      if (!failed && (state.warning || state.error)) failed = this.#run(state);
    }
    return { findings: this.#findings, failed };
  }

  /** Gives whether this check, or one that it needs, failed as an error. */
  #run(state: State): boolean {
    let failed = false;
    if (state.status === 'unchecked') {
      failed = this.#prerequisites(state);
      if (state.status === 'unchecked') this.#visit(state);
    }
    return failed || (state.error && state.status !== 'passed');
  }

  #prerequisites(state: State): boolean {
    let failed = false;
    for (const name of state.check.needs ?? []) {
      const needed = this.#states.get(name);
      if (needed === undefined) throw new Error(`the check ${state.check.name} needs ${name}, which does not exist`);
      failed = failed || this.#run(needed);
      if (needed.status === 'passed') continue;
      state.status = 'prerequisite';
      this.#add(state, undefined, `Failed prerequisite '${name}'`);
    }
    return failed;
  }

  #visit(state: State): void {
    const context: CheckContext = {
      ...this.#context,
      report: (node, reason, property) => {
        state.status = 'failed';
        if (++this.#reports > MAX_FINDINGS) {
          const what = 'the number of findings';
          throw new Fault('devicetree/limit', { path: node.path, offset: 0, what, limit: MAX_FINDINGS });
        }
        this.#add(state, node, reason, property);
      },
    };
    for (const node of this.#select(state.check.on)) if (!node.deleted) state.check.run(node, context);
    if (state.status === 'unchecked') state.status = 'passed';
    if (state.check.name === 'omit_unused_nodes') {
      this.#context.root.prune();
      this.#nodes = undefined;
      this.#having = undefined;
    }
  }

  #select(property: string | undefined): readonly LiveNode[] {
    this.#nodes ??= liveNodes(this.#context.root);
    if (property === undefined) return this.#nodes;
    this.#having ??= indexProperties(this.#nodes);
    return this.#having.get(property) ?? [];
  }

  #add(state: State, node: LiveNode | undefined, reason: string, property?: LiveNode['properties'][number]): void {
    if (!state.warning && !state.error) return;
    const [first, ...more] = property?.span === undefined ? (node?.spans ?? []) : [property.span];
    this.#findings.push({
      check: state.check.name,
      level: state.error ? 'error' : 'warning',
      path: node?.path,
      property: property?.name,
      reason,
      place: first && showSpan(first),
      also: property === undefined ? more.map(showSpan) : [],
    });
  }
}
