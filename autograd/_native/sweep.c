/* The chain rule: a graph is put in order, then walked backwards once. As in autograd/graph.py, to the last bit.

   No Python code runs while nodes are marked. */

#include "node.h"
#include <math.h>

enum { UNSEEN = 0, ENTERED = 1, HALFWAY = 2, FIRST = 3 };  /* marks; from FIRST on a node's place in the order */
enum { BEGUN = ENTERED };  /* in a sweep that collects gradients in the nodes: this one's has got its first part */

/* A graph that is put in order. Both lists share one block of memory, since the one grows as the other shrinks. */
typedef struct {
    Node **nodes;
    Py_ssize_t size;     /* how many nodes are in order: nodes[0], ... */
    Py_ssize_t waiting;  /* how many are on the stack: nodes[room - 1], nodes[room - 2], ... */
    Py_ssize_t room;
    Py_ssize_t inputs;   /* how many nodes at the start of the order are inputs */
    int special;         /* whether a node may have hooks, or has a Value as its gradient */
} Graph;

static int grow(Graph *graph, Py_ssize_t more)
{
    if (graph->size + graph->waiting + more <= graph->room)
        return 0;
    Py_ssize_t room = graph->room + graph->room / 4 + more + 64;
    Node **nodes = room < UINT32_MAX ? PyMem_RawRealloc(graph->nodes, room * sizeof(Node *)) : NULL;
    if (nodes == NULL)
        return -1;
    memmove(nodes + room - graph->waiting, nodes + graph->room - graph->waiting, graph->waiting * sizeof(Node *));
    graph->nodes = nodes;
    graph->room = room;
    return 0;
}

static inline void push(Graph *graph, Node *node) { graph->nodes[graph->room - ++graph->waiting] = node; }

static inline Node *pop(Graph *graph) { return graph->nodes[graph->room - graph->waiting--]; }

/* Append a node to the order; there is room. */
static inline void finish(Graph *graph, Node *node)
{
    node->mark = (uint32_t)(FIRST + graph->size);
    graph->nodes[graph->size++] = node;
    graph->special |= node->shape & HOOKED || node->grad_value != NULL;
}

/* Give back the memory behind the order, unless the stack is in use. */
static void trim(Graph *graph)
{
    Node **nodes = graph->waiting ? NULL : PyMem_RawRealloc(graph->nodes, (graph->size + 1) * sizeof(Node *));
    if (nodes != NULL) {
        graph->nodes = nodes;
        graph->room = graph->size + 1;
    }
}

/* Put the graph below the nodes on the stack in order, each node after its parents, left operands first. */
static int put_in_order(Graph *graph)
{
    while (graph->waiting) {
        Node *node = pop(graph);
        if (node->mark >= FIRST)
            continue;
        if (node->mark != UNSEEN) {  /* met again, after everything below it, or below its left operand */
            Node *right = (Node *)node->right;
            if (node->mark == ENTERED && !(node->shape & MANY) && node->shape & RIGHT && right->mark == UNSEEN) {
                if (grow(graph, 2) < 0) {
                    node->mark = UNSEEN;
                    return -1;
                }
                node->mark = HALFWAY;
                push(graph, node);
                push(graph, right);
            }
            else
                finish(graph, node);  /* its place on the stack */
            continue;
        }
        Py_ssize_t n = node->shape & MANY ? PyTuple_GET_SIZE(node->left) : 1;
        if (grow(graph, n + 1) < 0)
            return -1;
        node->mark = ENTERED;
        push(graph, node);
        if (node->shape & MANY)
            for (Py_ssize_t i = n; i-- > 0;) {
                Node *parent = (Node *)PyTuple_GET_ITEM(node->left, i);
                if (parent->mark == UNSEEN)
                    push(graph, parent);
            }
        else if (node->shape & LEFT && ((Node *)node->left)->mark == UNSEEN)
            push(graph, (Node *)node->left);
    }
    return 0;
}

static void unmark(Graph *graph)
{
    for (Py_ssize_t i = 0; i < graph->size; i++)
        graph->nodes[i]->mark = UNSEEN;
    for (Py_ssize_t i = 1; i <= graph->waiting; i++)
        graph->nodes[graph->room - i]->mark = UNSEEN;
}

/* Free the memory and return the result, with a MemoryError if there is neither a result nor an error. */
static PyObject *closed(Graph *graph, PyObject *result)
{
    PyMem_RawFree(graph->nodes);
    return result == NULL && !PyErr_Occurred() ? PyErr_NoMemory() : result;
}

typedef struct {
    PyObject *const *items;
    Py_ssize_t size;
} Nodes;

static int finish_all(Graph *graph, Nodes nodes)
{
    if (grow(graph, nodes.size) < 0)
        return -1;
    for (Py_ssize_t i = 0; i < nodes.size; i++)
        if (((Node *)nodes.items[i])->mark == UNSEEN)
            finish(graph, (Node *)nodes.items[i]);
    return 0;
}

/* Mark the inputs, then a known order or everything that the outputs were computed from; nothing if that fails. */
static int open_graph(Graph *graph, Nodes outputs, Nodes inputs, const Nodes *known)
{
    memset(graph, 0, sizeof(Graph));
    int failed = finish_all(graph, inputs);
    graph->inputs = graph->size;
    if (!failed && known != NULL)
        failed = finish_all(graph, *known);
    else if (!failed && (failed = grow(graph, outputs.size)) == 0) {
        for (Py_ssize_t i = outputs.size; i-- > 0;)
            push(graph, (Node *)outputs.items[i]);
        failed = put_in_order(graph);
        trim(graph);
    }
    if (failed)
        unmark(graph);
    return failed;
}

/* Whether every parent is marked, which it is unless the caller's order lacks one. */
static int is_complete(const Graph *graph)
{
    for (Py_ssize_t i = graph->inputs; i < graph->size; i++) {
        Node *node = graph->nodes[i];
        if (node->shape & MANY) {
            for (Py_ssize_t k = 0; k < PyTuple_GET_SIZE(node->left); k++)
                if (((Node *)PyTuple_GET_ITEM(node->left, k))->mark == UNSEEN)
                    return 0;
        }
        else if ((node->shape & LEFT && ((Node *)node->left)->mark == UNSEEN) ||
                 (node->shape & RIGHT && ((Node *)node->right)->mark == UNSEEN))
            return 0;
    }
    return 1;
}

/* Where the gradient of a node is collected: in a list by its mark, or, without one, in the node. A leaf keeps the sum of
   earlier passes in `grad`, and has no use for a local derivative. */
static inline double *account(Node *node, double *adjoint)
{
    return adjoint != NULL ? &adjoint[node->mark - FIRST] : node->left != NULL ? &node->grad : &node->d[0];
}

static inline void hand_on(PyObject *parent, double gradient, double partial, uint32_t shape, double *adjoint)
{
    Node *node = (Node *)parent;
    double part = shape & CHOOSES && ieee_is_blocked(partial) ? 0.0 : gradient * partial;
    if (adjoint == NULL && node->mark != BEGUN) {
        node->mark = BEGUN;
        *account(node, NULL) = 0.0 + part;
    }
    else
        *account(node, adjoint) += part;
}

/* Hand the gradients of a marked order on, from its end down to the inputs. Without a list, each node is left unmarked
   with its gradient. */
static void sweep(const Graph *graph, double *adjoint)
{
    for (Py_ssize_t i = graph->size - 1; i >= graph->inputs; i--) {
        Node *node = graph->nodes[i];
        uint32_t shape = node->shape;
        double gradient = *account(node, adjoint);
        if (shape & MANY) {
            Py_ssize_t n = PyTuple_GET_SIZE(node->left);
            for (Py_ssize_t k = 0; k < n; k++)
                hand_on(PyTuple_GET_ITEM(node->left, k), gradient, node->all[k], shape, adjoint);
        }
        else {
            if (shape & LEFT)
                hand_on(node->left, gradient, node->d[0], shape, adjoint);
            if (shape & RIGHT)
                hand_on(node->right, gradient, node->d[1], shape, adjoint);
        }
        if (adjoint == NULL) {
            node->mark = UNSEEN;
            if (node->left == NULL)
                node->grad += gradient;
        }
    }
}

/* --- the methods of Value that need the whole graph below it --- */

/* backward(output): whether it is done; if not, hooks or gradients that are Values need the pure core. */
PyObject *backward(PyObject *module, PyObject *output)
{
    Graph graph;
    if (!is_node(output))
        return NULL;
    if (open_graph(&graph, (Nodes){&output, 1}, (Nodes){NULL, 0}, NULL) < 0)
        return closed(&graph, NULL);
    if (graph.special)
        unmark(&graph);
    else {
        *account((Node *)output, NULL) = 1.0;
        sweep(&graph, NULL);
    }
    return closed(&graph, Py_NewRef(graph.special ? Py_False : Py_True));
}

/* zero_grad(output): whether it is done, see backward(). */
PyObject *zero_grad(PyObject *module, PyObject *output)
{
    Graph graph;
    if (!is_node(output))
        return NULL;
    if (open_graph(&graph, (Nodes){&output, 1}, (Nodes){NULL, 0}, NULL) < 0)
        return closed(&graph, NULL);
    for (Py_ssize_t i = 0; i < graph.size; i++) {
        graph.nodes[i]->grad = 0.0;
        graph.nodes[i]->mark = UNSEEN;
    }
    return closed(&graph, Py_NewRef(graph.special ? Py_False : Py_True));
}

/* --- the functions of graph.py --- */

static int all_nodes(PyObject *list)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(list); i++)
        if (!is_node(PyList_GET_ITEM(list, i)))
            return 0;
    return 1;
}

static Nodes nodes_of(PyObject *list) { return (Nodes){((PyListObject *)list)->ob_item, PyList_GET_SIZE(list)}; }

/* A dict of the nodes in order, each with its number. The nodes are kept alive by the outputs of the caller. */
static PyObject *as_dict(const Graph *graph, const double *numbers)
{
    PyObject *found = PyDict_New(), *zero = PyFloat_FromDouble(0.0);
    if (zero == NULL)
        Py_CLEAR(found);
    for (Py_ssize_t i = 0; found != NULL && i < graph->size; i++) {
        int is_zero = numbers == NULL || (numbers[i] == 0.0 && !signbit(numbers[i]));
        PyObject *number = is_zero ? Py_NewRef(zero) : PyFloat_FromDouble(numbers[i]);
        if (number == NULL || PyDict_SetItem(found, (PyObject *)graph->nodes[i], number) < 0)
            Py_CLEAR(found);
        Py_XDECREF(number);
    }
    Py_XDECREF(zero);
    return found;
}

/* ordered(outputs, inputs): two lists in, the nodes in topological order out, each with 0.0. */
PyObject *ordered(PyObject *module, PyObject *args)
{
    PyObject *outputs, *inputs;
    Graph graph;
    if (!PyArg_ParseTuple(args, "O!O!:ordered", &PyList_Type, &outputs, &PyList_Type, &inputs) ||
        !all_nodes(outputs) || !all_nodes(inputs))
        return NULL;
    if (open_graph(&graph, nodes_of(outputs), nodes_of(inputs), NULL) < 0)
        return closed(&graph, NULL);
    unmark(&graph);
    return closed(&graph, as_dict(&graph, NULL));
}

/* swept(outputs, seeds, inputs, order): three lists, and a list or None, in; the gradients of all nodes out.
   None if there may be hooks, if a seed is not a float, or if an output or a parent is not in the order. */
PyObject *swept(PyObject *module, PyObject *args)
{
    PyObject *outputs, *seeds, *inputs, *order, *found = NULL;
    Graph graph;
    if (!PyArg_ParseTuple(args, "O!O!O!O:swept", &PyList_Type, &outputs, &PyList_Type, &seeds, &PyList_Type, &inputs,
                          &order) ||
        !all_nodes(outputs) || !all_nodes(inputs) || (order != Py_None && !(PyList_Check(order) && all_nodes(order))))
        return NULL;
    Nodes ends = nodes_of(outputs), numbers = nodes_of(seeds), known = {NULL, 0};
    if (order != Py_None)
        known = nodes_of(order);
    for (Py_ssize_t i = 0; i < ends.size; i++)
        if (i >= numbers.size || !PyFloat_CheckExact(numbers.items[i]))
            Py_RETURN_NONE;
    if (open_graph(&graph, ends, nodes_of(inputs), order == Py_None ? NULL : &known) < 0)
        return closed(&graph, NULL);
    for (Py_ssize_t i = 0; i < ends.size; i++)
        graph.special |= ((Node *)ends.items[i])->mark == UNSEEN;
    if (order != Py_None)
        graph.special |= !is_complete(&graph);
    double *adjoint = graph.special ? NULL : PyMem_RawCalloc(graph.size + 1, sizeof(double));
    if (adjoint != NULL) {
        for (Py_ssize_t i = 0; i < ends.size; i++)
            adjoint[((Node *)ends.items[i])->mark - FIRST] = PyFloat_AS_DOUBLE(numbers.items[i]);
        sweep(&graph, adjoint);
    }
    unmark(&graph);
    if (graph.special)
        found = Py_NewRef(Py_None);
    else if (adjoint != NULL)
        found = as_dict(&graph, adjoint);
    PyMem_RawFree(adjoint);
    return closed(&graph, found);
}
