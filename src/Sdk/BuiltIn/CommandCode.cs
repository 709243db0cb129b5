using System.Security.Cryptography;
using System.Text;

namespace Rondo.Sdk.BuiltIn;

/// <summary>A command line, and the files of the project that belong to it.</summary>
internal sealed class CommandCode
{
    private static readonly string[] ScriptEndings = [".py", ".sh", ".r", ".R", ".js", ".jl", ".pl", ".rb", ".lua"];

    private readonly Graph _graph;
    private readonly List<string> _used = [];

    private CommandCode(Graph graph, IReadOnlyList<string> words)
    {
        _graph = graph;
        Words = words;
    }

    public IReadOnlyList<string> Words { get; }

    /// <summary>What to call the node: the script, or else the program.</summary>
    public string Name =>
        Path.GetFileNameWithoutExtension(Words.FirstOrDefault(IsScript) ?? Words[0]) is { Length: > 0 } name
            ? name
            : "command";

    /// <summary>The words as they are run: files of the project by their full paths.</summary>
    public IReadOnlyList<string> Resolved => [.. Words.Select(word => FindFile(word) ?? word)];

    public static CommandCode Parse(Graph graph, string command)
    {
        var code = new CommandCode(graph, Split(graph, command));
        foreach (var script in code.Words.Where(IsScript))
        {
            code.Require(script);
        }
        return code;
    }

    public void Use(IReadOnlyList<string> files)
    {
        foreach (var file in files)
        {
            Require(file);
            _used.Add(file);
        }
    }

    /// <summary>The command line and the digests of its files.</summary>
    public string Identity()
    {
        var text = new StringBuilder();
        foreach (var word in Words)
        {
            text.Append(word.Length).Append(' ').Append(word).Append('\n');
        }
        foreach (var file in Words.Concat(_used).Distinct(StringComparer.Ordinal))
        {
            if (FindFile(file) is { } path)
            {
                text.Append(file)
                    .Append(' ')
                    .AppendLine(Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path))));
            }
        }
        return text.ToString();
    }

    private void Require(string file)
    {
        if (FindFile(file) is null)
        {
            throw _graph.Invalid(
                $"the file '{file}' of a command is not there",
                "Give its path in the project, and copy it to the output folder (CopyToOutputDirectory)"
            );
        }
    }

    private static string? FindFile(string word) =>
        word.StartsWith('-') || (Path.IsPathRooted(word) && !IsScript(word))
            ? null
            : LocalData.ProjectFolders().Select(folder => Path.Combine(folder, word)).FirstOrDefault(File.Exists);

    private static bool IsScript(string word) =>
        ScriptEndings.Contains(Path.GetExtension(word), StringComparer.Ordinal);

    // Words are parted by blanks; quotes of either kind keep them together. There is no shell.
    private static List<string> Split(Graph graph, string command)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        var quote = '\0';
        var open = false;
        foreach (var letter in command)
        {
            if (quote != '\0' ? letter == quote : letter is '"' or '\'')
            {
                quote = quote == '\0' ? letter : '\0';
                open = true;
            }
            else if (quote == '\0' && letter == ' ')
            {
                End();
            }
            else
            {
                word.Append(letter);
                open = true;
            }
        }
        End();
        return words.Count > 0 && quote == '\0'
            ? words
            : throw graph.Invalid(
                $"'{command}' is not a command",
                "Give a program and its arguments, and close each quote"
            );

        void End()
        {
            if (open)
            {
                words.Add(word.ToString());
                word.Clear();
                open = false;
            }
        }
    }
}
