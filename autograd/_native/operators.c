/* How an operation makes a node: operators, comparisons and methods. Functions are in calls.c. */

#include "node.h"
#include <stddef.h>

static const Operation *add, *sub, *mul, *divide, *mod, *floor_divide, *power, *neg, *absolute;

static PyObject *recorded(PyObject *op, PyObject *const *operands, Py_ssize_t n)
{
    PyObject *tuple = PyTuple_New(n);
    if (tuple == NULL)
        return NULL;
    for (Py_ssize_t i = 0; i < n; i++)
        PyTuple_SET_ITEM(tuple, i, Py_NewRef(operands[i]));
    PyObject *result = PyObject_CallFunctionObjArgs(python.record, op, tuple, NULL);
    Py_DECREF(tuple);
    return result;
}

static PyObject *unary(const Operation *which, PyObject *x)
{
    int how = mode();
    if (how == FAILED)
        return NULL;
    const Kernel *kernel = which->kernel;
    if (how == UNUSUAL || kernel->value.one == NULL || kernel->partials[0].two == NULL)
        return recorded(which->op, &x, 1);
    Node *node = node_new();
    if (node == NULL)
        return NULL;
    double number = ((Node *)x)->data;
    node->data = kernel->value.one(number);
    if (how == UNRECORDED)
        return (PyObject *)node;
    node->d[0] = kernel->partials[0].two(node->data, number);
    node->op = Py_NewRef(which->op);
    node->left = Py_NewRef(x);
    node->shape = kernel->chooses ? LEFT | CHOOSES : LEFT;
    settle(node);
    return how == TAPED ? written((PyObject *)node) : (PyObject *)node;
}

/* The kernels are given by name, so that each operator becomes a function with its own arithmetic in it. */
typedef double Value2(double, double);
typedef double Partial2(double, double, double);

/* The operand as nodes keep it: NumPy's numbers as floats. */
static inline PyObject *kept(PyObject *x, double number)
{
    return PyFloat_Check(x) && !PyFloat_CheckExact(x) ? PyFloat_FromDouble(number) : Py_NewRef(x);
}

static inline PyObject *binary(const Operation *which, PyObject *a, PyObject *b, Value2 *value, Partial2 *by_left,
                               Partial2 *by_right)
{
    double x, z;
    int left = operand(a, &x), right = operand(b, &z), how = mode();
    if (how == FAILED)
        return NULL;
    if (how == UNUSUAL || left == OTHER || right == OTHER)
        return PyObject_CallFunctionObjArgs(python.operate, which->op, a, b, NULL);
    Node *node = node_new();
    if (node == NULL)
        return NULL;
    double y = node->data = value(x, z);
    if (how == UNRECORDED)
        return (PyObject *)node;
    node->op = Py_NewRef(which->op);
    node->left = left == NODE ? Py_NewRef(a) : kept(a, x);
    node->right = right == NODE ? Py_NewRef(b) : kept(b, z);
    if (node->left == NULL || node->right == NULL) {
        Py_DECREF(node);
        return NULL;
    }
    uint32_t shape = which->kernel->chooses ? CHOOSES : 0;
    if (left == NODE) {
        node->d[0] = by_left(y, x, z);
        shape |= LEFT;
    }
    if (right == NODE) {
        node->d[1] = by_right(y, x, z);
        shape |= RIGHT;
    }
    node->shape = shape;
    settle(node);
    return how == TAPED ? written((PyObject *)node) : (PyObject *)node;
}

#define BINARY(slot, which, name)                                                     \
    static PyObject *slot(PyObject *a, PyObject *b)                                   \
    {                                                                                 \
        return binary(which, a, b, value_##name, partial_##name##_0, partial_##name##_1); \
    }
#define UNARY(slot, which) \
    static PyObject *slot(PyObject *a) { return unary(which, a); }
BINARY(nb_add, add, add)
BINARY(nb_subtract, sub, sub)
BINARY(nb_multiply, mul, mul)
BINARY(nb_true_divide, divide, div)
BINARY(nb_remainder, mod, mod)
BINARY(nb_floor_divide, floor_divide, floor_divide)
UNARY(nb_negative, neg)
UNARY(nb_absolute, absolute)

static PyObject *nb_power(PyObject *a, PyObject *b, PyObject *modulus)
{
    if (modulus != Py_None) {  /* as Python says of the pure core's method, which takes one operand */
        if (!IS_NODE(a))
            Py_RETURN_NOTIMPLEMENTED;
        PyErr_SetString(PyExc_TypeError, "Value.__pow__() takes 2 positional arguments but 3 were given");
        return NULL;
    }
    return binary(power, a, b, value_pow, partial_pow_0, partial_pow_1);
}

static PyObject *nb_positive(PyObject *a) { return Py_NewRef(a); }

static int nb_bool(Node *a)
{
    if (!IS_WATCHED)
        return a->data != 0.0;
    PyObject *answer = PyObject_CallFunction(python.look, "Os", a, "bool");
    int yes = answer == NULL ? -1 : PyObject_IsTrue(answer);
    Py_XDECREF(answer);
    return yes;
}

PyNumberMethods node_number = {
    .nb_add = nb_add,
    .nb_subtract = nb_subtract,
    .nb_multiply = nb_multiply,
    .nb_true_divide = nb_true_divide,
    .nb_remainder = nb_remainder,
    .nb_floor_divide = nb_floor_divide,
    .nb_power = nb_power,
    .nb_negative = nb_negative,
    .nb_positive = nb_positive,
    .nb_absolute = nb_absolute,
    .nb_bool = (inquiry)nb_bool,
};

/* --- methods: x.exp() --- */

typedef struct {
    PyObject_HEAD
    vectorcallfunc call;
    const Operation *operation;
    PyObject *pure;  /* the pure core's method, which raises the errors about a call */
    PyObject *dict;  /* __name__, __doc__ and what else a function has */
} Method;

static PyObject *method_call(Method *self, PyObject *const *args, size_t flags, PyObject *names)
{
    Py_ssize_t n = PyVectorcall_NARGS(flags);
    if (n != 1 || (names != NULL && PyTuple_GET_SIZE(names)) || !IS_NODE(args[0]))
        return PyObject_Vectorcall(self->pure, args, flags & ~PY_VECTORCALL_ARGUMENTS_OFFSET, names);
    return unary(self->operation, args[0]);
}

static PyObject *method_get(PyObject *self, PyObject *owner, PyObject *type)
{
    return owner == NULL || owner == Py_None ? Py_NewRef(self) : PyMethod_New(self, owner);
}

static int method_traverse(Method *self, visitproc visit, void *arg)
{
    Py_VISIT(self->pure);
    Py_VISIT(self->dict);
    return 0;
}

static void method_dealloc(Method *self)
{
    PyObject_GC_UnTrack(self);
    Py_XDECREF(self->pure);
    Py_XDECREF(self->dict);
    PyObject_GC_Del(self);
}

static PyObject *method_repr(PyObject *self)
{
    PyObject *name = PyObject_GetAttrString(self, "__qualname__");
    PyObject *text = name == NULL ? NULL : PyUnicode_FromFormat("<function %U at %p>", name, self);
    Py_XDECREF(name);
    return text;
}

/* A method is pickled and copied by its name. */
static PyObject *method_reduce(PyObject *self, PyObject *ignored)
{
    return PyObject_GetAttrString(self, "__qualname__");
}

static PyMethodDef method_methods[] = {{"__reduce__", method_reduce, METH_NOARGS, NULL}, {NULL}};
static PyGetSetDef method_getset[] = {{"__dict__", PyObject_GenericGetDict, PyObject_GenericSetDict}, {NULL}};

PyTypeObject MethodType = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "autograd._native.core.Method",
    .tp_basicsize = sizeof(Method),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL | Py_TPFLAGS_METHOD_DESCRIPTOR,
    .tp_vectorcall_offset = offsetof(Method, call),
    .tp_dictoffset = offsetof(Method, dict),
    .tp_call = PyVectorcall_Call,
    .tp_repr = method_repr,
    .tp_descr_get = method_get,
    .tp_getset = method_getset,
    .tp_methods = method_methods,
    .tp_traverse = (traverseproc)method_traverse,
    .tp_dealloc = (destructor)method_dealloc,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_setattro = PyObject_GenericSetAttr,
};

static PyObject *method_new(vectorcallfunc call, const Operation *operation, PyObject *pure)
{
    Method *method = PyObject_GC_New(Method, &MethodType);
    if (method == NULL)
        return NULL;
    method->call = call;
    method->operation = operation;
    method->pure = Py_NewRef(pure);
    method->dict = NULL;
    PyObject_GC_Track(method);
    return (PyObject *)method;
}

/* unary_method(op, pure): the twin of the pure core's method of an operation on one number; None if it is not compiled. */
PyObject *unary_method(PyObject *module, PyObject *args)
{
    PyObject *op, *pure;
    if (!PyArg_ParseTuple(args, "OO:unary_method", &op, &pure))
        return NULL;
    const Operation *operation = find_operation(op);
    if (operation == NULL || operation->kernel->arity != 1)
        Py_RETURN_NONE;
    return method_new((vectorcallfunc)method_call, operation, pure);
}

/* The method `Primitive.__call__`. */
PyObject *call_method(void) { return method_new((vectorcallfunc)primitive_call, NULL, python.call); }

/* --- comparisons: of numbers; anything else is left to the pure core --- */

PyObject *node_compare(PyObject *a, PyObject *b, int relation)
{
    if (relation == Py_NE && !Py_IS_TYPE(a, python.value))  /* as object does: not ==, which a subclass may define */
        return PyBaseObject_Type.tp_richcompare(a, b, Py_NE);
    double x, z;
    if (operand(a, &x) == OTHER || operand(b, &z) == OTHER || IS_WATCHED)
        return PyObject_CallFunctionObjArgs(python.compare, a, b, PyTuple_GET_ITEM(python.relations, relation), NULL);
    Py_RETURN_RICHCOMPARE(x, z, relation);
}

/* --- which operations the operators are --- */

static int bind(const Operation **place, PyObject *table, const char *name)
{
    PyObject *op = PyDict_GetItemString(table, name);
    *place = op == NULL ? NULL : find_operation(op);
    if (*place == NULL)
        PyErr_Format(PyExc_KeyError, "the table has no compiled operation %s", name);
    return *place == NULL ? -1 : 0;
}

int bind_operators(PyObject *table)
{
    return bind(&add, table, "add") | bind(&sub, table, "sub") | bind(&mul, table, "mul") |
           bind(&divide, table, "div") | bind(&mod, table, "mod") | bind(&floor_divide, table, "floor_divide") |
           bind(&power, table, "pow") | bind(&neg, table, "neg") | bind(&absolute, table, "abs");
}
