using System.Reflection;
using System.Security.Cryptography;
using System.Text;

namespace Rondo.Kernel.Db;

/// <summary>The numbered scripts of one module, embedded in its assembly as <c>0001_name.sql</c>.</summary>
public sealed record ModuleSchema(string Module, IReadOnlyList<(string Name, string Sql)> Scripts)
{
    /// <summary>Reads the embedded scripts of the assembly that owns the module.</summary>
    public static ModuleSchema Of(string module, Assembly assembly)
    {
        var scripts = assembly
            .GetManifestResourceNames()
            .Where(name => name.EndsWith(".sql", StringComparison.Ordinal))
            .Select(name => (Name: ShortName(name), Sql: Read(assembly, name)))
            .OrderBy(script => script.Name, StringComparer.Ordinal)
            .ToList();
        return new ModuleSchema(module, scripts);
    }

    internal static string DigestOf(string sql) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(sql.ReplaceLineEndings("\n"))));

    // "Rondo.Kernel.Schema.0001_start.sql" → "0001_start.sql"
    private static string ShortName(string resource)
    {
        var parts = resource.Split('.');
        return string.Join('.', parts[^2..]);
    }

    private static string Read(Assembly assembly, string name)
    {
        using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }
}
