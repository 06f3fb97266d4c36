export * from './capture.ts';
export * from './limits.ts';
export * from './messages.ts';
export * from './probe.ts';
export * from './state.ts';
