/* Many numbers at once, between Values or lists of floats and a buffer: the twin of autograd/buffers.py. */

#include "node.h"
#include <string.h>

/* Open a buffer with room for `count` doubles from `at` on; a negative count is for any number. */
static int open_buffer(PyObject *buffer, Py_ssize_t at, Py_ssize_t count, Py_buffer *view, int flags)
{
    if (PyObject_GetBuffer(buffer, view, PyBUF_C_CONTIGUOUS | PyBUF_FORMAT | flags) < 0) {
        PyErr_Clear();
        PyErr_SetString(PyExc_TypeError, "numbers need a contiguous buffer that can be written to");
        return -1;
    }
    if (view->ndim != 1 || view->itemsize != 8 || view->format == NULL || strcmp(view->format, "d") != 0)
        PyErr_SetString(PyExc_TypeError, "numbers need a buffer of doubles in one dimension");
    else if (at < 0 || at > view->len / 8 || count > view->len / 8 - at)
        PyErr_SetString(PyExc_ValueError, "numbers do not fit into the buffer");
    else
        return 0;
    PyBuffer_Release(view);
    return -1;
}

/* Parse (values, buffer, at), check the Values and open the buffer. */
static int values_and_buffer(PyObject *const *args, Py_ssize_t count, Py_buffer *view, Py_ssize_t *at, int flags)
{
    if (count != 3 || !PyList_Check(args[0])) {
        PyErr_SetString(PyExc_TypeError, "numbers are copied between a list of Values, a buffer, and a position in it");
        return -1;
    }
    *at = PyNumber_AsSsize_t(args[2], PyExc_OverflowError);
    if (*at == -1 && PyErr_Occurred())
        return -1;
    if (open_buffer(args[1], *at, PyList_GET_SIZE(args[0]), view, flags) < 0)  /* may run Python code: the list after it */
        return -1;
    Py_ssize_t n = PyList_GET_SIZE(args[0]);
    PyTypeObject *known = NULL;  /* many are of one class, and to look for its bases takes time */
    for (Py_ssize_t i = 0; i < n; i++)
        if (!Py_IS_TYPE(PyList_GET_ITEM(args[0], i), known)) {
            if (IS_NODE(PyList_GET_ITEM(args[0], i))) {
                known = Py_TYPE(PyList_GET_ITEM(args[0], i));
                continue;
            }
            is_node(PyList_GET_ITEM(args[0], i));
            PyBuffer_Release(view);
            return -1;
        }
    if (n > view->len / 8 - *at) {
        PyErr_SetString(PyExc_ValueError, "numbers do not fit into the buffer");
        PyBuffer_Release(view);
        return -1;
    }
    return 0;
}

/* numbers_to_buffer(values, buffer, at) */
PyObject *numbers_to_buffer(PyObject *module, PyObject *const *args, Py_ssize_t count)
{
    Py_buffer view;
    Py_ssize_t at;
    if (values_and_buffer(args, count, &view, &at, PyBUF_WRITABLE) < 0)
        return NULL;
    double *to = (double *)view.buf + at;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(args[0]); i++)
        to[i] = ((Node *)PyList_GET_ITEM(args[0], i))->data;
    PyBuffer_Release(&view);
    Py_RETURN_NONE;
}

/* numbers_from_buffer(values, buffer, at) */
PyObject *numbers_from_buffer(PyObject *module, PyObject *const *args, Py_ssize_t count)
{
    Py_buffer view;
    Py_ssize_t at;
    if (values_and_buffer(args, count, &view, &at, 0) < 0)
        return NULL;
    const double *from = (const double *)view.buf + at;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(args[0]); i++)
        ((Node *)PyList_GET_ITEM(args[0], i))->data = from[i];
    PyBuffer_Release(&view);
    Py_RETURN_NONE;
}

/* trained_from_buffer(values, buffer, at, gradients_at): their numbers, and their gradients */
PyObject *trained_from_buffer(PyObject *module, PyObject *const *args, Py_ssize_t count)
{
    Py_buffer view;
    Py_ssize_t at, gradients_at = count == 4 ? PyNumber_AsSsize_t(args[3], PyExc_OverflowError) : 0;
    if (gradients_at == -1 && PyErr_Occurred())
        return NULL;
    if (values_and_buffer(args, count - 1, &view, &at, 0) < 0)
        return NULL;
    Py_ssize_t n = PyList_GET_SIZE(args[0]), first = n;
    if (gradients_at < 0 || gradients_at > view.len / 8 - n) {
        PyErr_SetString(PyExc_ValueError, "numbers do not fit into the buffer");
        PyBuffer_Release(&view);
        return NULL;
    }
    const double *data = (const double *)view.buf + at, *gradients = (const double *)view.buf + gradients_at;
    for (Py_ssize_t i = n - 1; i >= 0; i--) {
        Node *node = (Node *)PyList_GET_ITEM(args[0], i);
        node->data = data[i];
        if (node->grad_value == NULL)
            node->grad = gradients[i];
        else
            first = i;
    }
    for (Py_ssize_t i = first; i < n && i < PyList_GET_SIZE(args[0]); i++) {  /* to drop a Value may run Python code */
        Node *node = (Node *)PyList_GET_ITEM(args[0], i);
        if (IS_NODE(node) && node->grad_value != NULL) {
            node->grad = gradients[i];
            Py_CLEAR(node->grad_value);
        }
    }
    PyBuffer_Release(&view);
    Py_RETURN_NONE;
}

enum { FAILS = -2, DIFFERS = -1 };

/* Copy the floats in x, which has the form, to a place; return how many, or one of the above. */
static Py_ssize_t copy(PyObject *x, PyObject *form, double *to, Py_ssize_t room)
{
    if (PyUnicode_CheckExact(form)) {
        if (!PyFloat_CheckExact(x))
            return DIFFERS;
        if (room < 1) {
            PyErr_SetString(PyExc_ValueError, "numbers do not fit into the buffer");
            return FAILS;
        }
        *to = PyFloat_AS_DOUBLE(x);
        return 1;
    }
    PyObject *parts = PyTuple_CheckExact(form) && PyTuple_GET_SIZE(form) == 2 ? PyTuple_GET_ITEM(form, 1) : NULL;
    int is_flat = parts != NULL && PyLong_CheckExact(parts);
    if (!is_flat && (parts == NULL || !PyTuple_CheckExact(parts))) {
        PyErr_SetString(PyExc_TypeError, "a form is 'float', or a class with the number of floats or the forms of items");
        return FAILS;
    }
    Py_ssize_t n = is_flat ? PyLong_AsSsize_t(parts) : PyTuple_GET_SIZE(parts);
    if (n == -1 && PyErr_Occurred())
        return FAILS;
    if ((PyObject *)Py_TYPE(x) != PyTuple_GET_ITEM(form, 0) || !(PyList_CheckExact(x) || PyTuple_CheckExact(x)) ||
        PySequence_Fast_GET_SIZE(x) != n)
        return DIFFERS;
    PyObject **items = PySequence_Fast_ITEMS(x);
    if (is_flat) {
        if (n > room) {
            PyErr_SetString(PyExc_ValueError, "numbers do not fit into the buffer");
            return FAILS;
        }
        for (Py_ssize_t i = 0; i < n; i++) {
            if (!PyFloat_CheckExact(items[i]))
                return DIFFERS;
            to[i] = PyFloat_AS_DOUBLE(items[i]);
        }
        return n;
    }
    if (Py_EnterRecursiveCall(" in a list of lists"))
        return FAILS;
    Py_ssize_t done = 0;
    for (Py_ssize_t i = 0; i < n; i++) {  /* no Python code runs meanwhile */
        Py_ssize_t found = copy(items[i], PyTuple_GET_ITEM(parts, i), to + done, room - done);
        if (found < 0) {
            done = found;
            break;
        }
        done += found;
    }
    Py_LeaveRecursiveCall();
    return done;
}

/* floats_to_buffer(x, form, buffer, at) -> whether x has the form */
PyObject *floats_to_buffer(PyObject *module, PyObject *const *args, Py_ssize_t count)
{
    if (count != 4) {
        PyErr_SetString(PyExc_TypeError, "floats_to_buffer takes floats, their form, a buffer, and a position in it");
        return NULL;
    }
    Py_buffer view;
    Py_ssize_t at = PyNumber_AsSsize_t(args[3], PyExc_OverflowError);
    if ((at == -1 && PyErr_Occurred()) || open_buffer(args[2], at, 0, &view, PyBUF_WRITABLE) < 0)
        return NULL;
    Py_ssize_t found = copy(args[0], args[1], (double *)view.buf + at, view.len / 8 - at);
    PyBuffer_Release(&view);
    return found == FAILS ? NULL : PyBool_FromLong(found >= 0);
}

/* Make floats of this form of the doubles at *from, which moves on. */
static PyObject *take(PyObject *form, const double **from, const double *end)
{
    if (PyUnicode_CheckExact(form)) {
        if (*from < end)
            return PyFloat_FromDouble(*(*from)++);
        PyErr_SetString(PyExc_ValueError, "numbers do not fit into the buffer");
        return NULL;
    }
    PyObject *kind = PyTuple_CheckExact(form) && PyTuple_GET_SIZE(form) == 2 ? PyTuple_GET_ITEM(form, 0) : NULL;
    PyObject *parts = kind != NULL ? PyTuple_GET_ITEM(form, 1) : NULL;
    int is_list = kind == (PyObject *)&PyList_Type, is_flat = parts != NULL && PyLong_CheckExact(parts);
    if (!(is_list || kind == (PyObject *)&PyTuple_Type) || !(is_flat || PyTuple_CheckExact(parts))) {
        PyErr_SetString(PyExc_TypeError, "a form is 'float', or a class with the number of floats or the forms of items");
        return NULL;
    }
    Py_ssize_t n = is_flat ? PyLong_AsSsize_t(parts) : PyTuple_GET_SIZE(parts);
    if (n == -1 && PyErr_Occurred())
        return NULL;
    if (is_flat && (n < 0 || n > end - *from)) {
        PyErr_SetString(PyExc_ValueError, "numbers do not fit into the buffer");
        return NULL;
    }
    if (Py_EnterRecursiveCall(" in a list of lists"))
        return NULL;
    PyObject *made = is_list ? PyList_New(n) : PyTuple_New(n);
    for (Py_ssize_t i = 0; made != NULL && i < n; i++) {
        PyObject *item = is_flat ? PyFloat_FromDouble(*(*from)++) : take(PyTuple_GET_ITEM(parts, i), from, end);
        if (item == NULL)
            Py_CLEAR(made);
        else if (is_list)
            PyList_SET_ITEM(made, i, item);
        else
            PyTuple_SET_ITEM(made, i, item);
    }
    Py_LeaveRecursiveCall();
    return made;
}

/* floats_from_buffer(form, buffer, at) */
PyObject *floats_from_buffer(PyObject *module, PyObject *const *args, Py_ssize_t count)
{
    if (count != 3) {
        PyErr_SetString(PyExc_TypeError, "floats_from_buffer takes the form of floats, a buffer, and a position in it");
        return NULL;
    }
    Py_buffer view;
    Py_ssize_t at = PyNumber_AsSsize_t(args[2], PyExc_OverflowError);
    if ((at == -1 && PyErr_Occurred()) || open_buffer(args[1], at, 0, &view, 0) < 0)
        return NULL;
    const double *from = (const double *)view.buf + at;
    PyObject *made = take(args[0], &from, (const double *)view.buf + view.len / 8);
    PyBuffer_Release(&view);
    return made;
}

/* run_program(function, buffer, is_short): call a compiled program, both given by their addresses; -1 or a failed check.
   Other threads can run meanwhile, unless it takes less time than that costs. */
PyObject *run_program(PyObject *module, PyObject *const *args, Py_ssize_t count)
{
    if (count != 3 || !PyLong_CheckExact(args[0]) || !PyLong_CheckExact(args[1])) {
        PyErr_SetString(PyExc_TypeError, "run_program takes the addresses of a function and of its buffer, and a bool");
        return NULL;
    }
    void *function = PyLong_AsVoidPtr(args[0]), *buffer = PyLong_AsVoidPtr(args[1]);
    if (PyErr_Occurred())
        return NULL;
    if (function == NULL || buffer == NULL) {
        PyErr_SetString(PyExc_ValueError, "a program has no address");
        return NULL;
    }
    long found;
    if (args[2] == Py_True)
        found = ((long (*)(double *))function)(buffer);
    else {
        Py_BEGIN_ALLOW_THREADS
        found = ((long (*)(double *))function)(buffer);
        Py_END_ALLOW_THREADS
    }
    return PyLong_FromLong(found);
}
