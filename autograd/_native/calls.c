/* The functions of the table: exp(x), maximum(a, b), dot(w1, w2, x1, x2, b). */

#include "node.h"

/* --- the table: its entries that are compiled, and where to find them by identity --- */

#define OPERATIONS (sizeof(KERNELS) / sizeof(KERNELS[0]) - 1)
#define PLACES 256  /* a power of 2, at least twice as many */
_Static_assert(2 * OPERATIONS < PLACES - 8, "the places of operations get crowded");
static Operation operations[OPERATIONS];
static const Operation *places[PLACES];

static inline size_t place_of(PyObject *op) { return ((uintptr_t)op >> 5) % PLACES; }

const Operation *find_operation(PyObject *op)
{
    for (size_t i = place_of(op); places[i] != NULL; i = (i + 1) % PLACES)
        if (places[i]->op == op)
            return places[i];
    return NULL;
}

static int bind_rules(Operation *operation)
{
    operation->again = PyObject_GetAttrString(operation->op, "again");
    PyObject *rules = PyObject_GetAttrString(operation->op, "rules");
    PyObject *constant = PyObject_GetAttrString(operation->op, "constant");
    int failed = operation->again == NULL || rules == NULL || constant == NULL;
    if (!failed && constant != Py_None && operation->again == rules)
        operation->constant = Py_NewRef(constant);
    Py_XDECREF(rules);
    Py_XDECREF(constant);
    return failed ? -1 : 0;
}

static int bind_operation(Operation *operation, PyObject *op, const Kernel *kernel)
{
    operation->op = Py_NewRef(op);
    operation->kernel = kernel;
    size_t place = place_of(op);
    while (places[place] != NULL)
        place = (place + 1) % PLACES;
    places[place] = operation;
    return bind_rules(operation);
}

/* Give each kernel its entry of the table. */
int bind_table(PyObject *table)
{
    for (size_t i = 0; i < OPERATIONS; i++) {
        PyObject *op = PyDict_GetItemString(table, KERNELS[i].name);
        if (op != NULL && bind_operation(&operations[i], op, &KERNELS[i]) < 0)
            return -1;
    }
    return 0;
}

static double same(double x) { return x; }

static double one(double y, double x) { return 1.0; }

/* identity(op): register an operation of the package that is not in the table and returns its operand. */
PyObject *identity(PyObject *module, PyObject *op)
{
    static const Kernel kernel = {"identity", 1, 0, .value.one = same, .partials[0].two = one};
    static Operation known[4];
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (known[i].op == NULL) {
            if (bind_operation(&known[i], op, &kernel) < 0)
                return NULL;
            break;
        }
    Py_RETURN_NONE;
}

/* --- numbers and partials --- */

static void derive(const Kernel *kernel, double y, const double *x, Py_ssize_t n, const char *kinds, double *d)
{
    if (kernel->derive != NULL) {
        kernel->derive(y, x, n, d);
        return;
    }
    for (Py_ssize_t i = 0; i < n; i++) {
        const Function partial = kernel->partials[i];
        if (kinds[i] == NODE)  /* no rule runs for a constant */
            d[i] = n == 1   ? partial.two(y, x[0])
                   : n == 2 ? partial.three(y, x[0], x[1])
                            : partial.four(y, x[0], x[1], x[2]);
    }
}

static double value(const Kernel *kernel, const double *x, Py_ssize_t n)
{
    switch (kernel->arity) {
    case 1:
        return kernel->value.one(x[0]);
    case 2:
        return kernel->value.two(x[0], x[1]);
    case 3:
        return kernel->value.three(x[0], x[1], x[2]);
    }
    return kernel->reduce(x, n);
}

static int is_compiled(const Kernel *kernel, Py_ssize_t n)
{
    if (kernel->arity < 0)
        return kernel->derive != NULL && n > 0;
    int found = kernel->arity == n && kernel->value.one != NULL;
    for (Py_ssize_t i = 0; found && i < n; i++)
        found = kernel->partials[i].two != NULL;
    return found;
}

/* --- the call --- */

#define FEW 64

/* Give a node its operands; of more than two also the list of those that are Values. `given`, if not NULL, is a tuple of
   them, which nobody else has. */
static int take_operands(Node *node, PyObject *const *operands, const char *kinds, const double *x, Py_ssize_t n,
                         PyObject *given)
{
    Py_ssize_t parents = 0, floats = 0;
    for (Py_ssize_t i = 0; i < n; i++) {
        parents += kinds[i] == NODE;
        floats += PyFloat_CheckExact(operands[i]);
    }
    PyObject *all = given != NULL && parents + floats == n ? Py_NewRef(given) : PyTuple_New(n);
    if (all == NULL)
        return -1;
    for (Py_ssize_t i = 0; all != given && i < n; i++) {
        PyObject *item = kinds[i] == NODE || PyFloat_CheckExact(operands[i]) ? Py_NewRef(operands[i])
                                                                             : PyFloat_FromDouble(x[i]);
        if (item == NULL) {
            Py_DECREF(all);
            return -1;
        }
        PyTuple_SET_ITEM(all, i, item);
    }
    if (n <= 2) {
        node->left = Py_NewRef(PyTuple_GET_ITEM(all, 0));
        node->right = n == 2 ? Py_NewRef(PyTuple_GET_ITEM(all, 1)) : NULL;
        Py_DECREF(all);
        return 0;
    }
    node->all = PyMem_New(double, parents);
    if (node->all == NULL) {
        Py_DECREF(all);
        PyErr_NoMemory();
        return -1;
    }
    node->shape |= MANY;
    node->right = all;
    node->left = parents == n ? Py_NewRef(all) : PyTuple_New(parents);
    for (Py_ssize_t i = 0, k = 0; parents < n && node->left != NULL && i < n; i++)
        if (kinds[i] == NODE)
            PyTuple_SET_ITEM(node->left, k++, Py_NewRef(operands[i]));
    /* as nodes, the collector need not know the tuples until it knows the node */
    PyObject_GC_UnTrack(node->right);
    if (node->left != NULL)
        PyObject_GC_UnTrack(node->left);
    return node->left == NULL ? -1 : 0;
}

static void settle_many(Node *node)
{
    if (!(node->shape & MANY)) {
        settle(node);
        return;
    }
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(node->left); i++)
        if (((Node *)PyTuple_GET_ITEM(node->left, i))->shape & TRACKED) {
            node_track(node);
            return;
        }
}

/* The result of a compiled operation; NULL without an error if it is not for this core. */
static PyObject *called(const Operation *which, PyObject *const *operands, Py_ssize_t n, PyObject *given)
{
    const Kernel *kernel = which->kernel;
    if (!is_compiled(kernel, n))
        return NULL;
    double few_numbers[2 * FEW], *x = few_numbers;
    char few_kinds[FEW], *kinds = few_kinds;
    PyObject *result = NULL;
    if (n > FEW) {
        x = PyMem_New(double, 2 * n);
        kinds = PyMem_New(char, n);
        if (x == NULL || kinds == NULL) {
            PyErr_NoMemory();
            goto done;
        }
    }
    int nodes = 0;
    for (Py_ssize_t i = 0; i < n; i++) {
        kinds[i] = (char)operand(operands[i], &x[i]);
        if (kinds[i] == OTHER)
            goto done;
        nodes += kinds[i] == NODE;
    }
    if (nodes == 0) {
        if (n == 1)
            result = PyFloat_FromDouble(value(kernel, x, n));
        goto done;
    }
    int how = mode();
    if (how < UNRECORDED)
        goto done;
    Node *node = node_new();
    if (node != NULL && how == UNRECORDED) {
        node->data = value(kernel, x, n);
        result = (PyObject *)node;
        goto done;
    }
    if (node == NULL || take_operands(node, operands, kinds, x, n, given) < 0) {
        Py_XDECREF(node);
        goto done;
    }
    double *d = x + n, y = node->data = value(kernel, x, n);
    derive(kernel, y, x, n, kinds, d);
    for (Py_ssize_t i = 0, parents = 0; i < n; i++) {
        if (kinds[i] != NODE)
            continue;
        if (node->shape & MANY)
            node->all[parents++] = d[i];
        else {
            node->d[i] = d[i];
            node->shape |= i == 0 ? LEFT : RIGHT;
        }
    }
    node->op = Py_NewRef(which->op);
    if (kernel->chooses)
        node->shape |= CHOOSES;
    settle_many(node);
    result = how == TAPED ? written((PyObject *)node) : (PyObject *)node;
done:
    if (x != few_numbers) {
        PyMem_Free(x);
        PyMem_Free(kinds);
    }
    return result;
}

/* The method `Primitive.__call__`. */
PyObject *primitive_call(PyObject *self, PyObject *const *args, size_t flags, PyObject *names)
{
    Py_ssize_t n = PyVectorcall_NARGS(flags);
    const Operation *which = n > 1 && names == NULL ? find_operation(args[0]) : NULL;
    if (which != NULL) {
        PyObject *result = called(which, args + 1, n - 1, NULL);
        if (result != NULL || PyErr_Occurred())
            return result;
    }
    return PyObject_Vectorcall(python.call, args, flags & ~PY_VECTORCALL_ARGUMENTS_OFFSET, names);
}

/* dot(ws, xs, bias): the node of two lists and a number or None; None if that is not for this core. */
PyObject *dot(PyObject *module, PyObject *const *args, Py_ssize_t count)
{
    static const Operation *which = NULL;
    if (python.value == NULL || count != 3 || !PyList_CheckExact(args[0]) || !PyList_CheckExact(args[1]))
        Py_RETURN_NONE;
    Py_ssize_t n = PyList_GET_SIZE(args[0]), terms = 2 * n + (args[2] != Py_None);
    if (n == 0 || PyList_GET_SIZE(args[1]) != n)
        Py_RETURN_NONE;
    for (size_t i = 0; which == NULL && i < OPERATIONS; i++)
        if (KERNELS[i].reduce == value_dot)
            which = &operations[i];
    PyObject *operands = PyTuple_New(terms);
    if (operands == NULL)
        return NULL;
    if (PyList_GET_SIZE(args[0]) != n || PyList_GET_SIZE(args[1]) != n) {  /* a collection may run Python code */
        Py_DECREF(operands);
        Py_RETURN_NONE;
    }
    for (Py_ssize_t i = 0; i < 2 * n; i++)
        PyTuple_SET_ITEM(operands, i, Py_NewRef(PyList_GET_ITEM(args[i >= n], i < n ? i : i - n)));
    if (terms > 2 * n)
        PyTuple_SET_ITEM(operands, 2 * n, Py_NewRef(args[2]));
    PyObject *result = called(which, ((PyTupleObject *)operands)->ob_item, terms, operands);
    Py_DECREF(operands);
    return result != NULL || PyErr_Occurred() ? result : Py_NewRef(Py_None);
}

/* --- derivatives that are differentiated in turn --- */

static int differs(double recorded, double found)
{
    if (ieee_is_blocked(recorded))
        recorded = 0.0;
    return recorded != found && (recorded == recorded || found == found);
}

/* The derivative by operand i, by the table's rule; NULL without an error if the pure core has to raise it. */
static PyObject *derivative(const Operation *which, Node *node, PyObject *operands, Py_ssize_t i, double recorded)
{
    if (which->constant != NULL)
        return Py_NewRef(PyTuple_GET_ITEM(which->constant, i));
    PyObject *args[4] = {(PyObject *)node};
    Py_ssize_t n = PyTuple_GET_SIZE(operands);
    for (Py_ssize_t k = 0; k < n; k++)
        args[k + 1] = PyTuple_GET_ITEM(operands, k);
    PyObject *found = PyObject_Vectorcall(PyTuple_GET_ITEM(which->again, i), args, n + 1, NULL);
    double number = 0.0;
    if (found == NULL && PyErr_ExceptionMatches(PyExc_ArithmeticError))
        PyErr_Clear();
    else if (found != NULL &&
             ((found != python.blocked && operand(found, &number) == OTHER) || differs(recorded, number)))
        Py_CLEAR(found);
    return found;
}

/* local_derivatives(node, wanted): as in autograd/graph.py; None if that is for the pure core. */
PyObject *local_derivatives(PyObject *module, PyObject *const *args, Py_ssize_t count)
{
    if (count != 2 || !IS_NODE(args[0]))
        Py_RETURN_NONE;
    Node *node = (Node *)args[0];
    const Operation *which = node->op == NULL ? NULL : find_operation(node->op);
    if (which == NULL || which->kernel->arity < 0)
        Py_RETURN_NONE;
    PyObject *edges = NULL, *operands = get_operands(node, NULL);
    Py_ssize_t n = operands == NULL ? 0 : PyTuple_GET_SIZE(operands);
    if (operands == NULL || !is_compiled(which->kernel, n) || (edges = PyList_New(0)) == NULL)
        goto done;
    double x[3];
    int leaf = 0;
    for (Py_ssize_t i = 0, parents = 0; i < n; i++) {
        PyObject *parent = PyTuple_GET_ITEM(operands, i);
        if (operand(parent, &x[i]) != NODE)
            continue;
        double recorded = node->shape & MANY ? node->all[parents++] : node->d[i];
        leaf |= ((Node *)parent)->op == NULL;
        int is_wanted = PySequence_Contains(args[1], parent);
        PyObject *found = is_wanted == 1 ? derivative(which, node, operands, i, recorded) : NULL;
        PyObject *edge = found == NULL || found == python.blocked ? NULL : PyTuple_Pack(2, parent, found);
        int failed = is_wanted < 0 || (is_wanted && found == NULL) ||
                     (edge == NULL ? found != NULL && found != python.blocked : PyList_Append(edges, edge) < 0);
        Py_XDECREF(found);
        Py_XDECREF(edge);
        if (failed) {
            Py_CLEAR(edges);
            goto done;
        }
    }
    if (leaf && differs(node->data, value(which->kernel, x, n)))
        Py_CLEAR(edges);
done:
    Py_XDECREF(operands);
    return edges != NULL || PyErr_Occurred() ? edges : Py_NewRef(Py_None);
}
