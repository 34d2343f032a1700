/** Constructors whose instances a module may keep: they have no state that a caller could see. */
const STATELESS = new Set(['Error', 'RangeError', 'RegExp', 'TextDecoder', 'TextEncoder', 'TypeError', 'URL']);
/** Globals whose static methods return a value that is new and only as mutable as a literal: `Object.freeze`, `Array.from`. */
const BUILT_IN = /^(Array|BigInt|Int32Array|JSON|Math|Number|Object|String|Symbol|Uint8Array)$/;
/** Methods that change their object. */
const CHANGING = /^(add|append|clear|copyWithin|delete|fill|pop|push|reverse|set|shift|sort|splice|unshift)$/;

/**
 * The variables at the top level of a module that can differ between two copies of it: `let` and `var`, instances, results
 * of calls, and literals that the module itself changes.
 *
 * @param {import('estree').Program} program
 * @returns {string[]} their names
 */
export function mutableState(program) {
  const found = [];
  const literals = new Set();
  for (const statement of program.body) {
    const declaration = statement.type.startsWith('Export') ? statement.declaration : statement;
    if (declaration?.type === 'ClassDeclaration') found.push(...staticState(declaration));
    if (declaration?.type !== 'VariableDeclaration') continue;
    for (const { id, init } of declaration.declarations) {
      if (id.type !== 'Identifier') continue;
      if (declaration.kind !== 'const' || (init && hasState(init))) found.push(id.name);
      else if (init && /^(Array|Object)Expression$|^CallExpression$/.test(init.type)) literals.add(id.name);
    }
  }
  visit(program, (node) => {
    const name = changedVariable(node);
    if (name && literals.has(name)) found.push(name);
  });
  return [...new Set(found)];
}

/** Whether evaluating the expression makes something that keeps state. */
function hasState(node) {
  switch (node.type) {
    case 'NewExpression':
      return !STATELESS.has(node.callee.name) && node.callee.object?.name !== 'Intl';
    case 'CallExpression': {
      const { callee } = node;
      if (callee.type !== 'MemberExpression') return callee.name !== 'Symbol';
      // a method of a literal or of another constant, such as `SIZES.map(…)`
      return (
        callee.object.type === 'Identifier' &&
        /^[A-Z][a-z]/.test(callee.object.name) &&
        !BUILT_IN.test(callee.object.name)
      );
    }
    case 'AwaitExpression':
      return true;
    default:
      return false;
  }
}

/** Static fields of a class that can be assigned to or keep state. */
const staticState = ({ id, body }) =>
  body.body
    .filter(
      ({ type, static: isStatic, value }) => type === 'PropertyDefinition' && isStatic && value && hasState(value),
    )
    .map(({ key }) => `${id.name}.${key.name}`);

/** The variable whose value a node changes, as in `list.push(x)`, `map[key] = x` and `delete map[key]`. */
function changedVariable(node) {
  if (node.type === 'AssignmentExpression') return objectOf(node.left);
  if (node.type === 'UpdateExpression') return objectOf(node.argument);
  if (node.type === 'UnaryExpression' && node.operator === 'delete') return objectOf(node.argument);
  if (node.type !== 'CallExpression') return undefined;
  const {
    callee,
    arguments: [first],
  } = node;
  if (callee.type !== 'MemberExpression') return undefined;
  if (callee.object.name === 'Object' && callee.property.name === 'assign') return first?.name;
  return CHANGING.test(callee.property.name) ? callee.object.name : undefined;
}

const objectOf = (node) => (node.type === 'MemberExpression' ? node.object.name : undefined);

function visit(node, look) {
  look(node);
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      if (typeof child?.type === 'string') visit(child, look);
    }
  }
}
