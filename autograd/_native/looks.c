/* Looks at what variables and containers hold: the twin of `first_change` in autograd/compilation/looks.py. */

#include "node.h"
#include <string.h>

enum { CELL, ENTRY, ITEMS, FUNCTION, ATTRIBUTE, ARRAY, CALL };  /* in the order of the pure core */

static int same_items(PyObject **items, PyObject *expected, Py_ssize_t from, Py_ssize_t n)
{
    for (Py_ssize_t i = 0; i < n; i++)
        if (items[i] != PyTuple_GET_ITEM(expected, from + i))
            return 0;
    return 1;
}

/* Whether a dict has these keys and then these values. */
static int same_entries(PyObject *dict, PyObject *expected)
{
    Py_ssize_t n = PyDict_GET_SIZE(dict), at = 0, i = 0;
    if (PyTuple_GET_SIZE(expected) != 2 * n)
        return 0;
    for (PyObject *key, *value; PyDict_Next(dict, &at, &key, &value); i++)
        if (i >= n || key != PyTuple_GET_ITEM(expected, i) || value != PyTuple_GET_ITEM(expected, n + i))
            return 0;
    return 1;
}

/* Compare and drop what was found; NULL, of an error that means that there is nothing, is None. */
static int same(PyObject *found, PyObject *expected, PyObject *nothing)
{
    if (found == NULL) {
        if (nothing == NULL || !PyErr_ExceptionMatches(nothing))
            return -1;
        PyErr_Clear();
        return expected == Py_None;
    }
    int yes = found == expected;
    if (!yes && PyTuple_CheckExact(found) && PyTuple_CheckExact(expected) &&
        PyTuple_GET_SIZE(found) == PyTuple_GET_SIZE(expected))
        yes = same_items(((PyTupleObject *)found)->ob_item, expected, 0, PyTuple_GET_SIZE(found));
    Py_DECREF(found);
    return yes;
}

/* Whether the memory of two buffers is the same, and their shapes and formats. */
static int same_memory(const Py_buffer *a, const Py_buffer *b)
{
    if (a->len != b->len || a->ndim != b->ndim || a->format == NULL || b->format == NULL ||
        strcmp(a->format, b->format) != 0 || memcmp(a->shape, b->shape, a->ndim * sizeof(Py_ssize_t)) != 0)
        return 0;
    if (PyBuffer_IsContiguous(a, 'C'))
        return memcmp(a->buf, b->buf, a->len) == 0;
    void *copy = PyMem_Malloc(a->len ? a->len : 1);
    if (copy == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    int yes = PyBuffer_ToContiguous(copy, a, a->len, 'C') < 0 ? -1 : memcmp(copy, b->buf, a->len) == 0;
    PyMem_Free(copy);
    return yes;
}

static int same_array(PyObject *x, PyObject *expected)
{
    Py_buffer a, b;
    if (PyObject_GetBuffer(x, &a, PyBUF_FULL_RO) < 0)
        return -1;
    if (PyObject_GetBuffer(expected, &b, PyBUF_FULL_RO) < 0) {
        PyBuffer_Release(&a);
        return -1;
    }
    int yes = PyBuffer_IsContiguous(&b, 'C') ? same_memory(&a, &b) : 0;
    PyBuffer_Release(&a);
    PyBuffer_Release(&b);
    return yes;
}

static int holds(long kind, PyObject *x, PyObject *key, PyObject *expected)
{
    int is_tuple = PyTuple_CheckExact(expected);
    if (kind == CELL && PyCell_Check(x)) {
        PyObject *found = PyCell_GET(x);
        return (found != NULL ? found : x) == expected;
    }
    if (kind == ENTRY && PyDict_CheckExact(x)) {
        PyObject *found = PyDict_GetItemWithError(x, key);
        return found != NULL ? found == expected : PyErr_Occurred() ? -1 : expected == Py_None;
    }
    if (kind == ENTRY)
        return same(PyObject_GetItem(x, key), expected, PyExc_KeyError);
    if (kind == ITEMS && is_tuple && PyList_CheckExact(x))
        return PyList_GET_SIZE(x) == PyTuple_GET_SIZE(expected) &&
               same_items(((PyListObject *)x)->ob_item, expected, 0, PyList_GET_SIZE(x));
    if (kind == ITEMS && is_tuple && PyDict_CheckExact(x))
        return same_entries(x, expected);
    if (kind == FUNCTION && is_tuple && PyFunction_Check(x) && PyTuple_GET_SIZE(expected) == 3) {
        PyObject *parts[] = {PyFunction_GET_CODE(x), PyFunction_GET_DEFAULTS(x), PyFunction_GET_KW_DEFAULTS(x)};
        for (int i = 0; i < 3; i++)
            if ((parts[i] != NULL ? parts[i] : Py_None) != PyTuple_GET_ITEM(expected, i))
                return 0;
        return 1;
    }
    if (kind == ATTRIBUTE)
        return same(PyObject_GetAttr(x, key), expected, PyExc_AttributeError);
    if (kind == ARRAY)
        return same_array(x, expected);
    if (kind == CALL)
        return same(PyObject_CallNoArgs(x), expected, NULL);
    PyErr_SetString(PyExc_TypeError, "there is no look of this kind at this object");
    return -1;
}

/* first_change(looks, start): the position of the first look from there on that finds something else, or -1. */
PyObject *first_change(PyObject *module, PyObject *const *args, Py_ssize_t count)
{
    if (count != 2 || !PyList_Check(args[0])) {
        PyErr_SetString(PyExc_TypeError, "first_change takes a list of looks and a position in it");
        return NULL;
    }
    Py_ssize_t i = PyNumber_AsSsize_t(args[1], PyExc_OverflowError);
    if (i < 0) {
        if (!PyErr_Occurred())
            PyErr_SetString(PyExc_ValueError, "a position is not negative");
        return NULL;
    }
    for (; i < PyList_GET_SIZE(args[0]); i++) {
        PyObject *look = PyList_GET_ITEM(args[0], i);
        if (!PyTuple_Check(look) || PyTuple_GET_SIZE(look) < 4) {
            PyErr_SetString(PyExc_TypeError, "a look is a tuple of a kind, an object, a key, what was found, and a name");
            return NULL;
        }
        long kind = PyLong_AsLong(PyTuple_GET_ITEM(look, 0));
        if (kind == -1 && PyErr_Occurred())
            return NULL;
        Py_INCREF(look);  /* a look may run Python code, which may change the list */
        int found = holds(kind, PyTuple_GET_ITEM(look, 1), PyTuple_GET_ITEM(look, 2), PyTuple_GET_ITEM(look, 3));
        Py_DECREF(look);
        if (found < 0)
            return NULL;
        if (!found)
            return PyLong_FromSsize_t(i);
    }
    return PyLong_FromLong(-1);
}
