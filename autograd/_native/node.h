/* The compiled twin of autograd/node.py and of the sweep in autograd/graph.py. Same results, bit for bit.

   Nothing here calls Python code between the first mark of an ordering and the last one that it clears, so marks need
   no lock but the interpreter's own, and no exception can leave one behind. Whatever needs Python code (modes, hooks,
   users' primitives, numbers of other types, messages) goes through the pure core's functions, held in `python`. */

#ifndef AUTOGRAD_NODE_H
#define AUTOGRAD_NODE_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdint.h>

#include "kernels.h"

/* The contents of a node's slots. A leaf has none of these. */
enum {
    LEFT = 1,       /* `left` is a Value, differentiated by d[0] */
    RIGHT = 2,      /* `right` is a Value, differentiated by d[1] */
    MANY = 4,       /* more than two operands: `left` has the parents and `right` the operands, as tuples */
    CHOOSES = 8,    /* a local derivative may be BLOCKED: it hands on 0, of inf and nan too */
    TRACKED = 16,   /* the cyclic collector knows this node, and with it every node below */
    HOOKED = 32,    /* may have hooks */
};

typedef struct node {
    PyObject_HEAD
    union {
        double data;
        struct node *waiting;  /* while it is being freed: the next one */
    };
    double grad;           /* 0.0 while `grad_value` is set */
    PyObject *grad_value;  /* the gradient if it is a Value, else NULL */
    PyObject *op;          /* the Primitive, NULL for None */
    PyObject *left;        /* operands, NULL for none */
    PyObject *right;
    union {
        double d[2];       /* the local derivatives of one or two operands */
        double *all;       /* those of all parents, if MANY */
    };
    PyObject *notes;       /* label, hooks, source line; NULL for None */
    uint32_t mark;         /* 0 but while a graph is being put in order */
    uint32_t shape;        /* of the flags above */
} Node;

/* Objects of the pure core, see `setup` in module.c. */
typedef struct {
    PyTypeObject *value;        /* the class of results: autograd.Value */
    PyObject *open_modes;       /* a set, empty while no mode is open anywhere */
    PyObject *is_plain;         /* is_plain(): whether none is open here */
    PyObject *is_unrecorded;    /* is_unrecorded(): whether results have no parents and nobody watches */
    PyObject *operate;          /* operate(op, a, b): an operator on anything */
    PyObject *record;           /* record(op, operands) on any numbers */
    PyObject *call;             /* call(op, *operands): an operation as a function */
    PyObject *init;             /* Value's __init__, which raises the errors about its arguments */
    PyObject *number;           /* number(x, what) -> float, or a TypeError */
    PyObject *given;            /* given(x): a representation of x and its type, for messages */
    PyObject *compare;          /* compare(a, b, relation) of anything */
    PyObject *look;             /* look(node, what) at its number, which a recorder writes down */
    PyObject *relations;        /* float's methods for them, in C's order */
    PyObject *set_data;         /* set_data(node, data), with its refusals */
    PyObject *blocked;          /* BLOCKED, the derivative by an operand that was not taken */
    PyTypeObject *tape;         /* the class of what is_plain() returns while results are written down */
    PyObject *package;          /* the folder of the package, whose own lines are not the user's */
} Python;

extern PyTypeObject NodeType;
extern Python python;

/* An operation of the table that is compiled. */
typedef struct {
    PyObject *op;
    const Kernel *kernel;
    PyObject *again;     /* the rules for results that are differentiated in turn, a tuple */
    PyObject *constant;  /* the derivatives if they never change, a tuple, else NULL */
} Operation;

#define IS_WATCHED (PySet_GET_SIZE(python.open_modes) != 0)  /* perhaps: ask the pure core */
#define IS_NODE(x) (Py_IS_TYPE((x), python.value) || PyObject_TypeCheck((x), &NodeType))

/* node.c */
Node *node_new(void);
int has_attributes(PyTypeObject *type);
void node_track(Node *node);
void node_dealloc(Node *self);
PyObject *expect_hook(PyObject *module, PyObject *node);
PyObject *track(PyObject *module, PyObject *list);
PyObject *get_operands(Node *node, void *closure);
int is_node(PyObject *x);
int number_of(PyObject *x, const char *what, double *found);
int mode(void);
int float_of_array(PyObject *x, double *number);

enum { FAILED, UNUSUAL, UNRECORDED, RECORDED, TAPED };  /* UNUSUAL: ask the pure core; TAPED: recorded, and written down */

enum { OTHER, NUMBER, NODE };

/* What x is as an operand, and its number. Other numbers (float32, bool, huge ints) are read by the pure core. */
static inline int operand(PyObject *x, double *number)
{
    *number = 0.0;
    if (IS_NODE(x)) {
        *number = ((Node *)x)->data;
        return NODE;
    }
    if (PyFloat_CheckExact(x)) {
        *number = PyFloat_AS_DOUBLE(x);
        return NUMBER;
    }
    if (PyLong_CheckExact(x)) {
        int overflow;
        long long n = PyLong_AsLongLongAndOverflow(x, &overflow);
        *number = (double)n;
        return overflow || n > (1LL << 53) || n < -(1LL << 53) ? OTHER : NUMBER;
    }
    return PyFloat_Check(x) ? float_of_array(x, number) : OTHER;
}

/* Let the collector know of a result of one or two operands if it knows one of them. */
static inline void settle(Node *node)
{
    if ((node->shape & LEFT && ((Node *)node->left)->shape & TRACKED) ||
        (node->shape & RIGHT && ((Node *)node->right)->shape & TRACKED))
        node_track(node);
}

/* attributes.c */
extern PyGetSetDef node_getset[];

/* operators.c */
extern PyNumberMethods node_number;
extern PyTypeObject MethodType;
PyObject *node_compare(PyObject *a, PyObject *b, int relation);
PyObject *unary_method(PyObject *module, PyObject *args);
PyObject *call_method(void);
int bind_operators(PyObject *table);

/* calls.c */
const Operation *find_operation(PyObject *op);
PyObject *identity(PyObject *module, PyObject *op);
PyObject *dot(PyObject *module, PyObject *const *args, Py_ssize_t count);
PyObject *local_derivatives(PyObject *module, PyObject *const *args, Py_ssize_t count);
PyObject *primitive_call(PyObject *self, PyObject *const *args, size_t flags, PyObject *names);
int bind_table(PyObject *table);

/* tape.c */
PyObject *written(PyObject *result);
PyObject *numbered(PyObject *module, PyObject *args);

/* sweep.c */
PyObject *backward(PyObject *module, PyObject *node);
PyObject *zero_grad(PyObject *module, PyObject *node);
PyObject *ordered(PyObject *module, PyObject *args);
PyObject *swept(PyObject *module, PyObject *args);

/* buffers.c */
PyObject *numbers_to_buffer(PyObject *module, PyObject *const *args, Py_ssize_t count);
PyObject *trained_from_buffer(PyObject *module, PyObject *const *args, Py_ssize_t count);
PyObject *numbers_from_buffer(PyObject *module, PyObject *const *args, Py_ssize_t count);
PyObject *floats_to_buffer(PyObject *module, PyObject *const *args, Py_ssize_t count);
PyObject *floats_from_buffer(PyObject *module, PyObject *const *args, Py_ssize_t count);
PyObject *run_program(PyObject *module, PyObject *const *args, Py_ssize_t count);

/* looks.c */
PyObject *first_change(PyObject *module, PyObject *const *args, Py_ssize_t count);

#endif
