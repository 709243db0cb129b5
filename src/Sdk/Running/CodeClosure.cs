using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Rondo.Sdk;

/// <summary>
/// The digest of a step's code: the module version ids of its assembly and of all that it references, as far as they lie in the
/// program's own folder, and the runtime that brings the rest. The assemblies are read, not loaded.
/// </summary>
internal sealed class CodeClosure
{
    private readonly string _folder = AppContext.BaseDirectory;
    private readonly Dictionary<string, Module?> _modules = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _digests = new(StringComparer.Ordinal);

    public string DigestOf(StepNode node)
    {
        var roots = node
            .CodeTypes.SelectMany(Assemblies)
            .Select(assembly => assembly.GetName().Name!)
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal)
            .ToList();
        string digest;
        lock (_digests)
        {
            digest = DigestOf(roots);
        }
        return node.CodeText is { } text ? Hash(digest + "\n" + text()) : digest;
    }

    private string DigestOf(List<string> roots)
    {
        var key = string.Join("|", roots);
        if (!_digests.TryGetValue(key, out var digest))
        {
            digest = Hash(string.Join("\n", Closure(roots).Prepend(Runtime)));
            _digests.Add(key, digest);
        }
        return digest;
    }

    private static string Runtime =>
        $"{RuntimeInformation.FrameworkDescription} {RuntimeInformation.ProcessArchitecture}";

    private IEnumerable<string> Closure(List<string> roots)
    {
        var found = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var open = new Stack<string>(roots);
        while (open.TryPop(out var name))
        {
            if (found.ContainsKey(name) || Read(name) is not { } module)
            {
                continue;
            }
            found.Add(name, module.Version);
            foreach (var reference in module.References)
            {
                open.Push(reference);
            }
        }
        return found.Select(pair => $"{pair.Key} {pair.Value}");
    }

    // Null: not in the program's folder, so it belongs to the runtime.
    private Module? Read(string name)
    {
        if (_modules.TryGetValue(name, out var known))
        {
            return known;
        }
        var path = Path.Combine(_folder, name + ".dll");
        Module? module = null;
        if (File.Exists(path))
        {
            using var stream = File.OpenRead(path);
            using var file = new PEReader(stream);
            var metadata = file.GetMetadataReader();
            module = new Module(
                metadata.GetGuid(metadata.GetModuleDefinition().Mvid).ToString("N"),
                [
                    .. metadata.AssemblyReferences.Select(handle =>
                        metadata.GetString(metadata.GetAssemblyReference(handle).Name)
                    ),
                ]
            );
        }
        _modules.Add(name, module);
        return module;
    }

    private static IEnumerable<Assembly> Assemblies(Type type) =>
        type.IsGenericType ? type.GetGenericArguments().SelectMany(Assemblies).Prepend(type.Assembly) : [type.Assembly];

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private sealed record Module(string Version, IReadOnlyList<string> References);
}
