/* The module autograd._native.core, and its setup by the pure core. */

#include "node.h"
#include <stdbool.h>

#ifndef SOURCES
#define SOURCES ""  /* a digest of the sources, which setup.py gives */
#endif

/* make(op, y, operands, parents, partials): the node of a result, as `make` in autograd/node.py. */
static PyObject *make(PyObject *module, PyObject *args)
{
    PyObject *op, *operands, *parents, *partials;
    double y;
    if (!PyArg_ParseTuple(args, "OdO!O!O!:make", &op, &y, &PyTuple_Type, &operands, &PyTuple_Type, &parents,
                          &PyTuple_Type, &partials))
        return NULL;
    Py_ssize_t n = PyTuple_GET_SIZE(operands), m = PyTuple_GET_SIZE(parents);
    if (PyTuple_GET_SIZE(partials) != m || n == 0 || m == 0) {
        PyErr_SetString(PyExc_ValueError, "a result needs operands, and a partial for each Value among them");
        return NULL;
    }
    for (Py_ssize_t i = 0; i < m; i++)
        if (!IS_NODE(PyTuple_GET_ITEM(parents, i))) {
            PyErr_SetString(PyExc_TypeError, "the parents of a result are Values");
            return NULL;
        }
    Node *node = node_new();
    if (node == NULL)
        return NULL;
    node->data = y;
    node->op = Py_NewRef(op);
    if (n > 2) {
        node->all = PyMem_New(double, m);
        if (node->all == NULL) {
            Py_DECREF(node);
            return PyErr_NoMemory();
        }
        node->shape = MANY;
        node->left = Py_NewRef(parents);
        node->right = Py_NewRef(operands);
    }
    Py_ssize_t k = 0;
    for (Py_ssize_t i = 0; i < n; i++) {
        PyObject *operand = PyTuple_GET_ITEM(operands, i);
        if (n <= 2)
            *(i == 0 ? &node->left : &node->right) = Py_NewRef(operand);
        if (!IS_NODE(operand) || k == m)
            continue;
        PyObject *partial = PyTuple_GET_ITEM(partials, k);
        double d = partial == python.blocked ? BLOCKED : PyFloat_AsDouble(partial);
        if (d == -1.0 && PyErr_Occurred()) {
            Py_DECREF(node);
            return NULL;
        }
        if (partial == python.blocked)
            node->shape |= CHOOSES;
        if (n > 2)
            node->all[k] = d;
        else {
            node->d[i] = d;
            node->shape |= i == 0 ? LEFT : RIGHT;
        }
        k++;
    }
    if (k != m) {
        Py_DECREF(node);
        PyErr_SetString(PyExc_ValueError, "the parents of a result are the Values among its operands");
        return NULL;
    }
    int tracked = find_operation(op) == NULL;  /* a user's operation may refer to anything */
    for (Py_ssize_t i = 0; !tracked && i < m; i++)
        tracked = ((Node *)PyTuple_GET_ITEM(parents, i))->shape & TRACKED;
    if (tracked)
        node_track(node);
    return (PyObject *)node;
}

/* setup(value, table, primitive, functions): bind the compiled core to the package, once; sets Primitive.__call__. */
static PyObject *setup(PyObject *module, PyObject *args)
{
    PyObject *value, *table, *primitive, *functions;
    if (!PyArg_ParseTuple(args, "O!O!O!O!:setup", &PyType_Type, &value, &PyDict_Type, &table, &PyType_Type, &primitive,
                          &PyDict_Type, &functions))
        return NULL;
    if (python.value != NULL) {
        PyErr_SetString(PyExc_RuntimeError, "the compiled core has its class of results already: start Python anew");
        return NULL;
    }
    if (!PyType_IsSubtype((PyTypeObject *)value, &NodeType) || has_attributes((PyTypeObject *)value)) {
        PyErr_SetString(PyExc_TypeError, "the class of results must be a Node that adds no attributes");
        return NULL;
    }
    const struct { PyObject **place; const char *name; } needed[] = {
        {&python.is_plain, "is_plain"}, {&python.is_unrecorded, "is_unrecorded"}, {&python.operate, "operate"},
        {&python.record, "record"}, {&python.number, "number"}, {&python.init, "init"}, {&python.compare, "compare"},
        {&python.set_data, "set_data"}, {&python.open_modes, "UNUSUAL"}, {&python.blocked, "BLOCKED"},
        {&python.relations, "RELATIONS"}, {&python.given, "given"}, {&python.look, "look"},
        {(PyObject **)&python.tape, "Tape"}, {&python.package, "PACKAGE"},
    };
    for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
        PyObject *found = PyDict_GetItemString(functions, needed[i].name);
        if (found == NULL)
            return PyErr_Format(PyExc_KeyError, "%s", needed[i].name);
        Py_XSETREF(*needed[i].place, Py_NewRef(found));
    }
    if (!PyAnySet_Check(python.open_modes) || !PyTuple_Check(python.relations) || !PyType_Check(python.tape) ||
        !PyType_IsSubtype(python.tape, &PyList_Type) || !PyUnicode_Check(python.package)) {
        PyErr_SetString(PyExc_TypeError, "UNUSUAL must be a set, RELATIONS a tuple, Tape a class of lists, PACKAGE a path");
        return NULL;
    }
    Py_XSETREF(python.value, (PyTypeObject *)Py_NewRef(value));
    python.value->tp_dealloc = (destructor)node_dealloc;  /* without the detour through that of all Python classes */
    Py_XSETREF(python.call, PyObject_GetAttrString(primitive, "__call__"));
    PyObject *call = call_method();
    if (python.call == NULL || call == NULL || bind_table(table) < 0 || bind_operators(table) < 0 ||
        PyObject_SetAttrString(primitive, "__call__", call) < 0) {
        Py_XDECREF(call);
        return NULL;
    }
    Py_DECREF(call);
    Py_RETURN_NONE;
}

static PyMethodDef functions[] = {
    {"make", make, METH_VARARGS, NULL},
    {"setup", setup, METH_VARARGS, NULL},
    {"unary_method", unary_method, METH_VARARGS, NULL},
    {"local_derivatives", (PyCFunction)(void (*)(void))local_derivatives, METH_FASTCALL, NULL},
    {"identity", identity, METH_O, NULL},
    {"dot", (PyCFunction)(void (*)(void))dot, METH_FASTCALL, NULL},
    {"numbered", numbered, METH_VARARGS, NULL},
    {"expect_hook", expect_hook, METH_O, NULL},
    {"track", track, METH_O, NULL},
    {"backward", backward, METH_O, NULL},
    {"zero_grad", zero_grad, METH_O, NULL},
    {"ordered", ordered, METH_VARARGS, NULL},
    {"swept", swept, METH_VARARGS, NULL},
    {"numbers_to_buffer", (PyCFunction)(void (*)(void))numbers_to_buffer, METH_FASTCALL, NULL},
    {"trained_from_buffer", (PyCFunction)(void (*)(void))trained_from_buffer, METH_FASTCALL, NULL},
    {"numbers_from_buffer", (PyCFunction)(void (*)(void))numbers_from_buffer, METH_FASTCALL, NULL},
    {"first_change", (PyCFunction)(void (*)(void))first_change, METH_FASTCALL, NULL},
    {"floats_from_buffer", (PyCFunction)(void (*)(void))floats_from_buffer, METH_FASTCALL, NULL},
    {"run_program", (PyCFunction)(void (*)(void))run_program, METH_FASTCALL, NULL},
    {"floats_to_buffer", (PyCFunction)(void (*)(void))floats_to_buffer, METH_FASTCALL, NULL},
    {NULL},
};

/* One package in a process can use the compiled core, since that holds the package's class of results. Another one,
   imported anew or in another interpreter, runs on the pure core. */
static int execute(PyObject *module)
{
    static bool used = false;
    if (used) {
        PyErr_SetString(PyExc_ImportError, "the compiled core is in use by another import of autograd in this process");
        return -1;
    }
    NodeType.tp_hash = PyBaseObject_Type.tp_hash;
    if (PyType_Ready(&NodeType) < 0 || PyType_Ready(&MethodType) < 0 ||
        PyModule_AddObjectRef(module, "Node", (PyObject *)&NodeType) < 0 ||
        PyModule_AddStringConstant(module, "SOURCES", SOURCES) < 0)
        return -1;
    used = true;
    return 0;
}

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, execute},
#ifdef Py_MOD_MULTIPLE_INTERPRETERS_NOT_SUPPORTED
    {Py_mod_multiple_interpreters, Py_MOD_MULTIPLE_INTERPRETERS_NOT_SUPPORTED},
#endif
    {0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "autograd._native.core",
    .m_doc = "The compiled twin of autograd.node and of the sweep.",
    .m_methods = functions,
    .m_slots = slots,
};

PyMODINIT_FUNC PyInit_core(void) { return PyModuleDef_Init(&definition); }
