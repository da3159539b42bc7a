/** The engine's JavaScript (Emscripten's, embind's) made to run under a policy that lets nothing evaluate text. */

/** What makes functions out of text, and what does the same without. Each must be found exactly once. */
const PATCHES: { of: string; from: RegExp; to: string }[] = [
  {
    of: 'createNamedFunction',
    from: /return new Function\(\s*"body",[\s\S]*?\)\(body\);/,
    to: 'return { [name]: function () { return body.apply(this, arguments) } }[name];',
  },
  {
    of: 'craftInvokerFunction',
    from: /var argsList = "";\s*var argsListWired = "";[\s\S]*?var invokerFunction = new_\(Function, args1\)\.apply\(null, args2\);\s*return invokerFunction;/,
    to: `
      var wired = isClassMethodFunc ? 1 : 0;
      var invoker = function () {
        if (arguments.length !== argCount - 2) throwBindingError('function ' + humanName + ' called with ' + arguments.length + ' arguments, expected ' + (argCount - 2) + ' args!');
        var destructors = needsDestructorStack ? [] : null;
        var values = new Array(argCount - 2 + wired);
        if (isClassMethodFunc) values[0] = argTypes[1].toWireType(destructors, this);
        for (var i = 0; i < argCount - 2; ++i) values[i + wired] = argTypes[i + 2].toWireType(destructors, arguments[i]);
        var rv = cppInvokerFunc(cppTargetFunc, ...values);
        if (needsDestructorStack) runDestructors(destructors);
        else
          for (var i = isClassMethodFunc ? 1 : 2; i < argTypes.length; ++i)
            if (argTypes[i].destructorFunction !== null) argTypes[i].destructorFunction(values[i - (isClassMethodFunc ? 1 : 2)]);
        if (returns) return argTypes[0].fromWireType(rv);
      };
      return createNamedFunction(humanName, invoker);`,
  },
]

/** @returns a module whose default export loads the engine @throws Error where it is not the text that was expected, or evaluates some still */
export function unevaluated(source: string): string {
  let text = source
  for (const { of, from, to } of PATCHES) {
    if (text.match(new RegExp(from, 'g'))?.length !== 1)
      throw new Error(`the engine's ${of} is not as it was: see ops/viewer-glue.ts`)
    text = text.replace(from, () => to)
  }
  const end = text.indexOf("if (typeof exports === 'object'")
  if (end < 0) throw new Error("the engine's exports are not as they were: see ops/viewer-glue.ts")
  text = text.slice(0, end)
  const left = /\bnew\s+Function\b|\bnew_\(Function\b|[^.\w]eval\(/.exec(text)
  if (left) throw new Error(`the engine evaluates text still: ${text.slice(left.index, left.index + 80)}`)
  return `${text}\nexport default loadWiregasm\n`
}
