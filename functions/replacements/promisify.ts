type Callback<Value> = (error: Error | null, value: Value) => void;

/**
 * In the bundles, this is in the place of node:util where Connect asks for nothing else of it. To import node:util is to
 * load all that it only has at hand: worker threads, a parser of arguments, a differ.
 */
export function promisify<Argument, Options, Value>(
  work: (argument: Argument, options: Options, callback: Callback<Value>) => void,
): (argument: Argument, options: Options) => Promise<Value> {
  return (argument, options) =>
    new Promise((resolve, reject) => {
      work(argument, options, (error, value) => (error === null ? resolve(value) : reject(error)));
    });
}
