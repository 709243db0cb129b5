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

/// <summary>A step in another language while it is declared.</summary>
public sealed class CommandStep : NodeRef
{
    private readonly StepNode _node;
    private readonly CommandCode _code;
    private readonly List<CommandPort> _inputs = [];
    private readonly List<CommandPort> _outputs = [];

    internal CommandStep(Graph graph, string command)
        : this(graph, CommandCode.Parse(graph, command)) { }

    private CommandStep(Graph graph, CommandCode code)
        : base(graph.AddCommand(code.Name))
    {
        _code = code;
        _node = Node;
        _node.CodeText = _code.Identity;
        _node.Runs(call => new CommandRun(_code, _inputs, _outputs, call).RunAsync());
    }

    /// <summary>Gives an input as a file. A table is written as CSV if the name ends in <c>.csv</c>, else as Parquet.</summary>
    public CommandStep Input<T>(string file, Ref<Table<T>> from) => AddInput(file, from, Artifacts.Table<T>().Type);

    /// <inheritdoc cref="Input{T}(string, Ref{Table{T}})"/>
    public CommandStep Input(string file, Ref<Table> from) => AddInput(file, from, Artifacts.UntypedTable.Type);

    /// <summary>Gives a file as it is.</summary>
    public CommandStep Input(string file, Ref<FileArtifact> from) => AddInput(file, from, Artifacts.File.Type);

    /// <summary>Gives a model bundle: a zip of <c>model.json</c> and the model's file.</summary>
    public CommandStep Input(string file, Ref<Model> from) => AddInput(file, from, Artifacts.Model.Type);

    /// <summary>Passes a constant, under <c>arguments</c> of <c>rondo.json</c>.</summary>
    public CommandStep Argument<T>(string name, T value)
    {
        _node.Constant(Names.Identifier(name, $"an argument of '{_node.Id}'"), value);
        return this;
    }

    /// <summary>Passes a parameter of the run, under <c>arguments</c> of <c>rondo.json</c>.</summary>
    public CommandStep Argument<T>(string name, Parameter<T> value)
    {
        _node.Argument<T>(Names.Identifier(name, $"an argument of '{_node.Id}'"), value);
        return this;
    }

    /// <summary>Names files of the project that the program uses besides those in its command line.</summary>
    public CommandStep Uses(params IReadOnlyList<string> files)
    {
        _code.Use(files);
        return this;
    }

    /// <summary>Takes a file that the program writes.</summary>
    public Ref<FileArtifact> OutputFile(string file)
    {
        AddOutput(file);
        return _node.Output(file, Artifacts.File);
    }

    /// <summary>Takes a table that the program writes, as CSV or (by the name's ending) Parquet.</summary>
    public Ref<Table<T>> OutputTable<T>(string file)
    {
        AddOutput(file);
        return _node.Output(file, Artifacts.Table<T>());
    }

    private CommandStep AddInput(string file, Ref from, string type)
    {
        _node.Wire(CheckFile(file), from, type, allowNone: false);
        _inputs.Add(new(file, type));
        return this;
    }

    private void AddOutput(string file)
    {
        CheckFile(file);
        if (_outputs.Exists(output => output.File == file) || _inputs.Exists(input => input.File == file))
        {
            throw _node.Graph.Invalid($"'{file}' is named twice at node '{_node.Id}'", "Give each file its own name");
        }
        _outputs.Add(new(file, ""));
    }

    private string CheckFile(string file)
    {
        var good =
            file.Length is > 0 and <= 100
            && file == Path.GetFileName(file)
            && file is not ("." or ".." or CommandRun.ManifestName);
        return good
            ? file
            : throw _node.Graph.Invalid(
                $"'{file}' cannot be a file of node '{_node.Id}'",
                $"Use a plain file name other than {CommandRun.ManifestName}"
            );
    }
}
