/* The node: how it is made, known to the cyclic collector, and freed. */

#include "node.h"
#include <math.h>
#include <stddef.h>

Python python;

/* --- made --- */

/* Nodes that were freed, for the next ones: chained by `left`, and still of the class of results. Few: the next ones in
   memory are nearer to each other than those that were freed last. */
#define SPARE_NODES 256
static Node *spare = NULL;
static int spares = 0;

Node *node_new(void)
{
    Node *node;
    if (spare != NULL) {
        node = spare;
        spare = (Node *)node->left;
        spares--;
        _Py_NewReference((PyObject *)node);  /* it has kept its class, and the reference to it */
    }
    else {
        node = PyObject_GC_New(Node, python.value);  /* not tracked: operands are older than their result, so nodes */
        if (node == NULL)                            /* alone make no cycle */
            return NULL;
    }
    node->grad = 0.0;
    node->grad_value = node->op = node->left = node->right = node->notes = NULL;
    node->mark = 0;
    node->shape = 0;
    return node;
}

int has_attributes(PyTypeObject *type)
{
    return type->tp_basicsize != (Py_ssize_t)sizeof(Node) || type->tp_dictoffset || type->tp_weaklistoffset;
}

static PyObject *node_tp_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    if (python.value == NULL) {
        PyErr_SetString(PyExc_RuntimeError, "the compiled core is not in use: make an autograd.Value");
        return NULL;
    }
    if (type == python.value) {
        Node *node = node_new();
        if (node != NULL)
            node->data = 0.0;
        return (PyObject *)node;
    }
    int strict = type->tp_new != node_tp_new;  /* object's __new__ refuses arguments that a subclass's __new__ gives */
    PyObject *given = strict ? Py_NewRef(args) : PyTuple_New(0);
    if (given == NULL)
        return NULL;
    Node *node = (Node *)PyBaseObject_Type.tp_new(type, given, strict ? kwargs : NULL);
    Py_DECREF(given);  /* the node is tracked: its class may refer to it */
    if (node != NULL && has_attributes(type))
        node->shape = TRACKED;
    return (PyObject *)node;
}

/* How results are made here. Without any open mode in the process, a look at a set's size. */
int mode(void)
{
    if (PySet_GET_SIZE(python.open_modes) == 0)
        return RECORDED;
    PyObject *questions[] = {python.is_plain, python.is_unrecorded};
    for (int i = 0; i < 2; i++) {
        PyObject *answer = PyObject_CallNoArgs(questions[i]);
        int is_tape = answer != NULL && Py_IS_TYPE(answer, python.tape);
        int yes = answer == NULL ? -1 : is_tape ? 0 : PyObject_IsTrue(answer);
        Py_XDECREF(answer);
        if (is_tape)
            return TAPED;
        if (yes)
            return yes < 0 ? FAILED : i == 0 ? RECORDED : UNRECORDED;
    }
    return UNUSUAL;
}

int is_node(PyObject *x)
{
    if (IS_NODE(x))
        return 1;
    PyObject *given = python.given != NULL ? PyObject_CallOneArg(python.given, x) : PyObject_Repr(x);
    if (given != NULL)
        PyErr_Format(PyExc_TypeError, "a graph is made of Values, but got %U: give a Value", given);
    Py_XDECREF(given);
    return 0;
}

int number_of(PyObject *x, const char *what, double *found)
{
    if (PyFloat_CheckExact(x)) {
        *found = PyFloat_AS_DOUBLE(x);
        return 0;
    }
    PyObject *number = PyObject_CallFunction(python.number, "Os", x, what);
    if (number == NULL)
        return -1;
    *found = PyFloat_AsDouble(number);
    Py_DECREF(number);
    return *found == -1.0 && PyErr_Occurred() ? -1 : 0;
}

/* What a subclass of float is as an operand: a number if it is of an array of float64; others may do as they like. */
int float_of_array(PyObject *x, double *number)
{
    if (strcmp(Py_TYPE(x)->tp_name, "numpy.float64") != 0)
        return OTHER;
    *number = PyFloat_AS_DOUBLE(x);
    return NUMBER;
}

/* Let Python raise the error about the arguments. */
static int bad_arguments(PyObject *self, PyObject *args, PyObject *kwargs)
{
    PyErr_Clear();
    PyObject *method = PyMethod_New(python.init, self);
    PyObject *done = method == NULL ? NULL : PyObject_Call(method, args, kwargs);
    Py_XDECREF(method);
    Py_XDECREF(done);
    return -1;
}

static int node_init(Node *self, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"data", "label", NULL};
    PyObject *data, *label = NULL;
    double number;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O|O", names, &data, &label) ||
        (label != NULL && (PyTuple_CheckExact(label) || PyAnySet_CheckExact(label))))
        return bad_arguments((PyObject *)self, args, kwargs);
    if (number_of(data, "Value's data", &number) < 0)
        return -1;
    if (self->left != NULL) {  /* its operands stay: a sweep or a look at them may be under way */
        PyErr_SetString(PyExc_TypeError, "a Value that was computed cannot be initialized again: make a new one");
        return -1;
    }
    self->data = number;
    self->grad = 0.0;
    Py_CLEAR(self->grad_value);
    Py_CLEAR(self->notes);
    Py_CLEAR(self->op);
    if (label != NULL && !(PyUnicode_CheckExact(label) && PyUnicode_GET_LENGTH(label) == 0))
        return PyObject_SetAttrString((PyObject *)self, "label", label);
    return 0;
}

/* --- known to the cyclic collector ---

   A cycle needs a reference from a node to something younger: a hook, a gradient that is a Value, an attribute of a
   subclass. Such a node is tracked, and with it all nodes below it and all that are made from it, so that the
   collector sees the whole of any cycle. It does not see cycles through a result that is older than the hook that
   refers to it later, and through a result that the class of its operand refers to. Without memory for tracking the
   collector misses a cycle, and nothing worse. */

static void track_tuple(PyObject *tuple)
{
    if (!PyObject_GC_IsTracked(tuple))
        PyObject_GC_Track(tuple);
}

void node_track(Node *node)
{
    Py_ssize_t room = 64, size = 0;
    Node **stack = PyMem_New(Node *, room);
    if (stack == NULL)
        return;
    stack[size++] = node;
    while (size) {
        node = stack[--size];
        if (node->shape & TRACKED)
            continue;
        node->shape |= TRACKED;
        if (!PyObject_GC_IsTracked((PyObject *)node))  /* as those of a subclass are, and those that were revived */
            PyObject_GC_Track(node);
        Py_ssize_t more = node->shape & MANY ? PyTuple_GET_SIZE(node->left) : 2;
        if (size + more > room) {
            room = 2 * (size + more);
            Node **larger = PyMem_Realloc(stack, room * sizeof(Node *));
            if (larger == NULL)
                break;
            stack = larger;
        }
        if (node->shape & MANY) {
            track_tuple(node->left);
            track_tuple(node->right);
            for (Py_ssize_t i = 0; i < more; i++)
                stack[size++] = (Node *)PyTuple_GET_ITEM(node->left, i);
        }
        else {
            if (node->shape & LEFT)
                stack[size++] = (Node *)node->left;
            if (node->shape & RIGHT)
                stack[size++] = (Node *)node->right;
        }
    }
    PyMem_Free(stack);
}

/* expect_hook(node): know of a node that is about to get a hook, which may refer to anything. */
PyObject *expect_hook(PyObject *module, PyObject *node)
{
    if (!is_node(node))
        return NULL;
    ((Node *)node)->shape |= HOOKED;
    node_track((Node *)node);
    Py_RETURN_NONE;
}

/* track(list): make the collector know the Values in a list, which a hook refers to or may refer to. */
PyObject *track(PyObject *module, PyObject *list)
{
    for (Py_ssize_t i = 0; PyList_Check(list) && i < PyList_GET_SIZE(list); i++)
        if (IS_NODE(PyList_GET_ITEM(list, i)))
            node_track((Node *)PyList_GET_ITEM(list, i));
    Py_RETURN_NONE;
}

static int node_traverse(Node *self, visitproc visit, void *arg)
{
    Py_VISIT(self->grad_value);
    Py_VISIT(self->op);
    Py_VISIT(self->left);
    Py_VISIT(self->right);
    Py_VISIT(self->notes);
    return 0;
}

static int node_clear(Node *self)
{
    Py_CLEAR(self->grad_value);  /* every cycle goes through one of these two, or through a subclass's attributes */
    Py_CLEAR(self->notes);
    return 0;
}

/* --- freed ---

   Freeing a node frees its operands. Those nodes wait in a list until the first one is done, so that the
   depth of a graph costs no C stack. */

static Node **waiting = NULL;  /* their list, while an operand is dropped: no Python code runs meanwhile */

/* Whether freeing x runs no Python code, its operands aside: if it is of no subclass and Value has no __del__. */
static inline int is_quiet(PyObject *x) { return Py_IS_TYPE(x, python.value) && python.value->tp_finalize == NULL; }

/* Drop an operand. Anything but a plain Value may run Python code: a finalizer, a hook's, another thread's. */
static void node_drop(PyObject *operand, Node **list)
{
    if (operand != NULL && is_quiet(operand)) {
        waiting = list;
        Py_DECREF(operand);
        waiting = NULL;
    }
    else
        Py_XDECREF(operand);
}

/* Drop a tuple of operands; one by one, if nobody else has the tuple. */
static void node_drop_all(PyObject *operands, Node **list)
{
    if (Py_REFCNT(operands) == 1 && PyTuple_CheckExact(operands)) {
        PyObject_GC_UnTrack(operands);
        for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(operands); i++) {
            PyObject *operand = PyTuple_GET_ITEM(operands, i);
            PyTuple_SET_ITEM(operands, i, NULL);
            node_drop(operand, list);
        }
    }
    Py_DECREF(operands);
}

static void node_free(Node *self)
{
    if (spares < SPARE_NODES && is_quiet((PyObject *)self)) {
        self->left = (PyObject *)spare;
        spare = self;
        spares++;
    }
    else {
        PyTypeObject *type = Py_TYPE(self);
        PyObject_GC_Del(self);
        Py_DECREF(type);
    }
}

/* The reference of an instance to its class is dropped in `node_free`, since a class that ends with its last instance is
   needed until that is freed. Python itself drops it only if no class above it that frees is made by Python, as Value is. */
void node_dealloc(Node *self)
{
    PyTypeObject *type = Py_TYPE(self);
    if (type == python.value && type->tp_finalize != NULL && PyObject_CallFinalizerFromDealloc((PyObject *)self) < 0)
        return;
    PyObject_GC_UnTrack(self);
    if (type != python.value && !PyType_IsSubtype(type, python.value))
        Py_INCREF(type);
    if (waiting != NULL) {
        self->waiting = *waiting;
        *waiting = self;
        return;
    }
    self->waiting = NULL;
    for (Node *list = self; list != NULL;) {
        Node *node = list;
        list = node->waiting;
        if (node->shape & MANY) {
            PyMem_Free(node->all);
            Py_XDECREF(node->left);  /* the operands are the last to refer to its Values */
            node_drop_all(node->right, &list);
        }
        else {
            node_drop(node->left, &list);
            node_drop(node->right, &list);
        }
        Py_XDECREF(node->op);
        Py_XDECREF(node->notes);
        Py_XDECREF(node->grad_value);
        node_free(node);
    }
}

PyTypeObject NodeType = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "autograd._native.core.Node",
    .tp_doc = "Node(data, label='', *more, **named)\n--\n\n"
              "The base of Value: number, gradient, operation, operands and local derivatives.",
    .tp_basicsize = sizeof(Node),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC,
    .tp_new = node_tp_new,
    .tp_init = (initproc)node_init,
    .tp_dealloc = (destructor)node_dealloc,
    .tp_free = PyObject_GC_Del,
    .tp_traverse = (traverseproc)node_traverse,
    .tp_clear = (inquiry)node_clear,
    .tp_getset = node_getset,
    .tp_as_number = &node_number,
    .tp_richcompare = node_compare,
};
