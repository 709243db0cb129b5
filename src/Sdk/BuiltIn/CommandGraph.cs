using Rondo.Data;
using Rondo.Sdk.BuiltIn;

namespace Rondo.Sdk;

/// <summary>Steps in another language.</summary>
public static class CommandGraph
{
    /// <summary>
    /// Adds a program as a step: <c>g.Command("python3 train.py").Input("rows.csv", rows).OutputFile("model.json")</c>. It runs
    /// in a folder of its own, where the inputs are files of the given names and the outputs are expected; <c>rondo.json</c>
    /// there tells paths, arguments, seed and threads. What it prints is the log; an exit code other than 0 fails the
    /// attempt. Words that name files of the project (<c>train.py</c>) are found there and count as the step's code.
    /// </summary>
    public static CommandStep Command(this Graph graph, string command) => new(graph, command);
}
