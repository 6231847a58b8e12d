/* What a recorder writes down: results as they are made, and afterwards which result each operand is. */

#include "node.h"

/* Whether a file is part of this package. */
static int is_inside(PyCodeObject *code)
{
    return PyUnicode_Tailmatch(code->co_filename, python.package, 0, PY_SSIZE_T_MAX, -1) == 1;
}

/* The innermost line outside this package, as `users_line`: one tuple for each, kept in `lines` by where its code is in
   memory, which the code in the tuple keeps there. */
static PyObject *users_line(PyObject *lines)
{
    PyFrameObject *frame = PyEval_GetFrame();
    if (frame == NULL)
        return Py_NewRef(Py_None);
    Py_INCREF(frame);
    PyCodeObject *code = PyFrame_GetCode(frame);
    for (PyFrameObject *back; is_inside(code) && (back = PyFrame_GetBack(frame)) != NULL;) {
        Py_SETREF(frame, back);
        Py_SETREF(code, PyFrame_GetCode(frame));
    }
    PyObject *line = NULL, *key = PyLong_FromSize_t((size_t)code + PyFrame_GetLasti(frame));
    if (key != NULL && (line = Py_XNewRef(PyDict_GetItemWithError(lines, key))) == NULL && !PyErr_Occurred()) {
        line = Py_BuildValue("OiO", code->co_filename, PyFrame_GetLineNumber(frame), code);
        if (line != NULL && PyDict_SetItem(lines, key, line) < 0)
            Py_CLEAR(line);
    }
    Py_XDECREF(key);
    Py_DECREF(code);
    Py_DECREF(frame);
    return line;
}

/* Write a result and the user's line down on the tape that is open here; return the result, or NULL. */
PyObject *written(PyObject *result)
{
    static PyObject *name = NULL;
    if (name == NULL)
        name = PyUnicode_InternFromString("lines");
    PyObject *tape = name == NULL ? NULL : PyObject_CallNoArgs(python.is_plain), *lines = NULL, *line = NULL;
    int failed = tape == NULL;
    if (!failed && Py_IS_TYPE(tape, python.tape)) {
        lines = PyObject_GetAttr(tape, name);
        failed = lines == NULL;
    }
    if (lines != NULL && PyDict_Check(lines)) {  /* else it was closed elsewhere */
        line = users_line(lines);
        failed = line == NULL || PyList_Append(tape, result) < 0 || PyList_Append(tape, line) < 0;
    }
    Py_XDECREF(tape);
    Py_XDECREF(lines);
    Py_XDECREF(line);
    if (failed)
        Py_CLEAR(result);
    return result;
}

/* --- places --- */

#define FOREIGN 0x80000000u  /* the mark of a Value that was neither an input nor a result; else the place and 1 */

typedef struct {
    PyObject *others;     /* the Values and the numbers found, as a list */
    PyObject *constants;  /* positions in it by the bits of a number */
} Found;

/* The place of an operand: of an input or a result; -1 - i of the one at i in `others`. NULL on failure. */
static PyObject *place_of(Found *found, PyObject *x)
{
    Py_ssize_t next = PyList_GET_SIZE(found->others);
    if (IS_NODE(x)) {
        Node *node = (Node *)x;
        if (node->mark == 0) {
            if (PyList_Append(found->others, x) < 0)
                return NULL;
            node->mark = FOREIGN | (uint32_t)next;
        }
        return PyLong_FromLong(node->mark & FOREIGN ? -1 - (long)(node->mark & ~FOREIGN) : (long)node->mark - 1);
    }
    if (!PyFloat_Check(x) && !PyLong_CheckExact(x)) {
        PyErr_SetString(PyExc_TypeError, "an operand on a tape is a Value, a float or an int");
        return NULL;
    }
    double number = PyFloat_AsDouble(x);
    if (number == -1.0 && PyErr_Occurred())
        return NULL;
    uint64_t bits;
    memcpy(&bits, &number, sizeof(bits));
    PyObject *key = PyLong_FromUnsignedLongLong(bits), *place = NULL;
    if (key != NULL && (place = Py_XNewRef(PyDict_GetItemWithError(found->constants, key))) == NULL &&
        !PyErr_Occurred() && (place = PyLong_FromSsize_t(-1 - next)) != NULL &&
        (PyDict_SetItem(found->constants, key, place) < 0 || PyList_Append(found->others, x) < 0))
        Py_CLEAR(place);
    Py_XDECREF(key);
    return place;
}

/* The places of operands; those of inputs and results are the objects in `places`. */
static PyObject *places_of(Found *found, PyObject *places, PyObject *const *operands, Py_ssize_t n)
{
    PyObject *tuple = PyTuple_New(n);
    for (Py_ssize_t i = 0; tuple != NULL && i < n; i++) {
        uint32_t mark = IS_NODE(operands[i]) ? ((Node *)operands[i])->mark : 0;
        PyObject *place = mark != 0 && !(mark & FOREIGN) ? Py_NewRef(PyList_GET_ITEM(places, mark - 1))
                                                         : place_of(found, operands[i]);
        if (place == NULL)
            Py_CLEAR(tuple);
        else
            PyTuple_SET_ITEM(tuple, i, place);
    }
    return tuple;
}

/* Mark a node with the next place. */
static int give_place(PyObject *places, PyObject *node)
{
    Py_ssize_t n = PyList_GET_SIZE(places);
    PyObject *place = n < FOREIGN - 1 ? PyLong_FromSsize_t(n) : PyErr_NoMemory();
    int failed = place == NULL || PyList_Append(places, place) < 0;
    if (!failed)
        ((Node *)node)->mark = (uint32_t)n + 1;
    Py_XDECREF(place);
    return failed ? -1 : 0;
}

/* Append an item of a tape to what happened and to the places of its operands; give a result its place. */
static int append(Found *found, PyObject *places, PyObject *item, PyObject *happened, PyObject *operands)
{
    PyObject *what, *tuple, *result = item;
    if (IS_NODE(item)) {
        Node *node = (Node *)item;
        PyObject *few[] = {node->left, node->right};
        what = node->op;
        tuple = node->shape & MANY
                    ? places_of(found, places, ((PyTupleObject *)node->right)->ob_item, PyTuple_GET_SIZE(node->right))
                    : places_of(found, places, few, node->left == NULL ? 0 : node->right == NULL ? 1 : 2);
    }
    else {
        PyObject *given = PyTuple_GET_ITEM(item, 1);
        what = PyTuple_GET_ITEM(item, 0);
        tuple = places_of(found, places, ((PyTupleObject *)given)->ob_item, PyTuple_GET_SIZE(given));
        result = PyTuple_GET_ITEM(item, 2);
    }
    int failed = tuple == NULL || PyList_Append(happened, what == NULL ? Py_None : what) < 0 ||
                 PyList_Append(operands, tuple) < 0 || (IS_NODE(result) && give_place(places, result) < 0);
    Py_XDECREF(tuple);
    return failed ? -1 : 0;
}

static int is_item(PyObject *item)
{
    return IS_NODE(item) ||
           (PyTuple_Check(item) && PyTuple_GET_SIZE(item) == 3 && PyTuple_Check(PyTuple_GET_ITEM(item, 1)));
}

static void unmark(PyObject *list)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(list); i++) {
        PyObject *item = PyList_GET_ITEM(list, i);
        if (!IS_NODE(item) && PyTuple_Check(item))
            item = PyTuple_GET_ITEM(item, 2);
        if (IS_NODE(item))
            ((Node *)item)->mark = 0;
    }
}

/* numbered(inputs, items) -> (what happened, the places of its operands, others, places), as in autograd/compilation/record.py. */
PyObject *numbered(PyObject *module, PyObject *args)
{
    PyObject *inputs, *items;
    if (!PyArg_ParseTuple(args, "O!O!:numbered", &PyList_Type, &inputs, &PyList_Type, &items))
        return NULL;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(inputs); i++)
        if (!is_node(PyList_GET_ITEM(inputs, i)))
            return NULL;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(items); i++)
        if (!is_item(PyList_GET_ITEM(items, i))) {
            PyErr_SetString(PyExc_TypeError, "a tape has results and tuples of three");
            return NULL;
        }
    Found found = {PyList_New(0), PyDict_New()};
    PyObject *places = PyList_New(0), *happened = PyList_New(0), *operands = PyList_New(0), *result = NULL;
    int failed = found.others == NULL || found.constants == NULL || places == NULL || happened == NULL || operands == NULL;
    int collects = PyGC_Disable();  /* a collection may run Python code, which must not meet a mark */
    for (Py_ssize_t i = 0; !failed && i < PyList_GET_SIZE(inputs); i++)
        failed = give_place(places, PyList_GET_ITEM(inputs, i));
    for (Py_ssize_t i = 0; !failed && i < PyList_GET_SIZE(items); i++)
        failed = append(&found, places, PyList_GET_ITEM(items, i), happened, operands);
    unmark(inputs);
    unmark(items);
    if (found.others != NULL)
        unmark(found.others);
    if (collects)
        PyGC_Enable();
    if (!failed)
        result = PyTuple_Pack(4, happened, operands, found.others, places);
    Py_XDECREF(found.others);
    Py_XDECREF(found.constants);
    Py_XDECREF(places);
    Py_XDECREF(happened);
    Py_XDECREF(operands);
    return result;
}
