export * from './capture.ts';
export * from './limits.ts';
export * from './probe.ts';
export * from './state.ts';
