/* The attributes of a node: number, gradient, operation, operands, local derivatives, notes. */

#include "node.h"

static PyObject *or_none(PyObject *x)
{
    return Py_NewRef(x != NULL ? x : Py_None);
}

static PyObject *partial_of(Node *self, double d)
{
    if (self->shape & CHOOSES && ieee_is_blocked(d))
        return Py_NewRef(python.blocked);
    return PyFloat_FromDouble(d);
}

static PyObject *all_partials(Node *self)
{
    Py_ssize_t n = PyTuple_GET_SIZE(self->left);
    PyObject *found = PyTuple_New(n);
    for (Py_ssize_t i = 0; found != NULL && i < n; i++) {
        PyObject *partial = partial_of(self, self->all[i]);
        if (partial == NULL)
            Py_CLEAR(found);
        else
            PyTuple_SET_ITEM(found, i, partial);
    }
    return found;
}

static PyObject *get_data_unseen(Node *self, void *closure) { return PyFloat_FromDouble(self->data); }

static PyObject *get_data(Node *self, void *closure)
{
    return IS_WATCHED ? PyObject_CallFunction(python.look, "Os", self, "data") : PyFloat_FromDouble(self->data);
}

static int set_data_unchecked(Node *self, PyObject *data, void *closure)
{
    if (data == NULL) {
        PyErr_SetString(PyExc_AttributeError, "the data of a Value cannot be deleted");
        return -1;
    }
    return number_of(data, "Value.data", &self->data);
}

static int set_data(Node *self, PyObject *data, void *closure)
{
    if (self->op == NULL && data != NULL && PyFloat_CheckExact(data) && !IS_WATCHED) {
        self->data = PyFloat_AS_DOUBLE(data);
        return 0;
    }
    if (data == NULL)
        return set_data_unchecked(self, data, closure);
    PyObject *done = PyObject_CallFunctionObjArgs(python.set_data, self, data, NULL);
    Py_XDECREF(done);
    return done == NULL ? -1 : 0;
}

static PyObject *get_grad_unseen(Node *self, void *closure)
{
    return self->grad_value != NULL ? Py_NewRef(self->grad_value) : PyFloat_FromDouble(self->grad);
}

static PyObject *get_grad(Node *self, void *closure)
{
    return IS_WATCHED ? PyObject_CallFunction(python.look, "Os", self, "grad") : get_grad_unseen(self, closure);
}

static int set_grad(Node *self, PyObject *grad, void *closure)
{
    double number = 0.0;
    if (grad == NULL) {
        PyErr_SetString(PyExc_AttributeError, "the gradient of a Value cannot be deleted: set it to 0.0");
        return -1;
    }
    if (IS_NODE(grad)) {
        Py_XSETREF(self->grad_value, Py_NewRef(grad));
        self->grad = 0.0;
        node_track(self);
        node_track((Node *)grad);
        return 0;
    }
    if (grad != Py_None && number_of(grad, "Value.grad", &number) < 0)
        return -1;
    self->grad = number;
    Py_CLEAR(self->grad_value);
    return 0;
}

static int set_grad_seen(Node *self, PyObject *grad, void *closure)
{
    PyObject *seen = IS_WATCHED ? PyObject_CallFunction(python.look, "Os", self, "grad") : Py_NewRef(Py_None);
    int failed = seen == NULL || set_grad(self, grad, closure) < 0;
    Py_XDECREF(seen);
    return failed ? -1 : 0;
}

static PyObject *get_op(Node *self, void *closure) { return or_none(self->op); }

static int set_op(Node *self, PyObject *op, void *closure)
{
    Py_XSETREF(self->op, op == Py_None ? NULL : Py_XNewRef(op));
    return 0;
}

static PyObject *get_notes(Node *self, void *closure) { return or_none(self->notes); }

static int set_notes(Node *self, PyObject *notes, void *closure)
{
    Py_XSETREF(self->notes, notes == Py_None ? NULL : Py_XNewRef(notes));
    return 0;
}

static PyObject *get_left(Node *self, void *closure) { return or_none(self->left); }

static PyObject *get_right(Node *self, void *closure) { return or_none(self->right); }

static PyObject *get_d_left(Node *self, void *closure)
{
    if (self->shape & MANY)
        return all_partials(self);
    return self->shape & LEFT ? partial_of(self, self->d[0]) : Py_NewRef(Py_None);
}

static PyObject *get_d_right(Node *self, void *closure)
{
    return self->shape & RIGHT ? partial_of(self, self->d[1]) : Py_NewRef(Py_None);
}

PyObject *get_operands(Node *self, void *closure)
{
    if (self->shape & MANY)
        return Py_NewRef(self->right);
    if (self->right != NULL)
        return PyTuple_Pack(2, self->left, self->right);
    return self->left != NULL ? PyTuple_Pack(1, self->left) : PyTuple_New(0);
}

static PyObject *get_parents(Node *self, void *closure)
{
    if (self->shape & MANY)
        return Py_NewRef(self->left);
    switch (self->shape & (LEFT | RIGHT)) {
    case LEFT | RIGHT:
        return PyTuple_Pack(2, self->left, self->right);
    case LEFT:
        return PyTuple_Pack(1, self->left);
    case RIGHT:
        return PyTuple_Pack(1, self->right);
    }
    return PyTuple_New(0);
}

static PyObject *partials_of(Node *self)
{
    if (self->shape & MANY)
        return all_partials(self);
    Py_ssize_t n = !!(self->shape & LEFT) + !!(self->shape & RIGHT);
    PyObject *found = PyTuple_New(n);
    for (Py_ssize_t i = 0; found != NULL && i < n; i++) {
        PyObject *partial = partial_of(self, self->d[i == 0 && self->shape & LEFT ? 0 : 1]);
        if (partial == NULL)
            Py_CLEAR(found);
        else
            PyTuple_SET_ITEM(found, i, partial);
    }
    return found;
}

static PyObject *get_partials(Node *self, void *closure)
{
    PyObject *found = partials_of(self);
    return IS_WATCHED && found != NULL ? PyObject_CallFunction(python.look, "OsN", self, "partials", found) : found;
}

PyGetSetDef node_getset[] = {
    {"data", (getter)get_data, (setter)set_data, "The number.", NULL},
    {"grad", (getter)get_grad, (setter)set_grad_seen,
     "d(output)/d(self) of the latest `backward()`; on a leaf the sum over all of them since `zero_grad()`.\n\n"
     "A float; a Value after `backward(create_graph=True)`. Setting it to None, as in PyTorch, sets it to 0.0.", NULL},
    {"op", (getter)get_op, (setter)set_op, "The `Primitive` that made it, or None for a leaf.", NULL},
    {"operands", (getter)get_operands, NULL, "The operands of the operation, constants as plain numbers.", NULL},
    {"parents", (getter)get_parents, NULL, "The Values among the operands.", NULL},
    {"partials", (getter)get_partials, NULL, "The local derivatives, one for each parent.", NULL},
    {"notes", (getter)get_notes, (setter)set_notes, NULL, NULL},
    {"_data", (getter)get_data_unseen, (setter)set_data_unchecked, NULL, NULL},
    {"_grad", (getter)get_grad_unseen, (setter)set_grad, NULL, NULL},
    {"_left", (getter)get_left, NULL, NULL, NULL},
    {"_right", (getter)get_right, NULL, NULL, NULL},
    {"_d_left", (getter)get_d_left, NULL, NULL, NULL},
    {"_d_right", (getter)get_d_right, NULL, NULL, NULL},
    {NULL},
};
