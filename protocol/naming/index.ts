export { type Binding, computedKey, FunctionNames } from './names.ts';
