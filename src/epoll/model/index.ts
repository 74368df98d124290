export { describeCall, describeEvents, describeResult, describeSteps } from './describe.ts';
export {
  type Flag,
  foresee,
  idle,
  type Kernel,
  type Operation,
  type OperationResult,
  type PollFlag,
  type ReadyEvent,
  step,
} from './kernel.ts';
export { type Preset, type PresetName, presets, scenarioOf } from './presets.ts';
export {
  type Arrival,
  isWait,
  lost,
  MAX_CALLS,
  type Machine,
  type Moment,
  type Program,
  play,
  type Scenario,
  type TraceStep,
  trace,
  waitCalls,
} from './program.ts';
export { parseScenario } from './scenario.ts';
