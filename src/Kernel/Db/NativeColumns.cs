using System.Runtime.InteropServices;

namespace Rondo.Kernel.Db;

/// <summary>
/// The functions of the embedded database by which a column of the row at which a statement stands is read. Each takes some nanoseconds and
/// waits for nothing, so that they are called as cheaply as can be: through the library that the rest uses, a thousand rows cost twice as much.
/// </summary>
internal static class NativeColumns
{
    private const string Library = "e_sqlite3";

    [DllImport(Library, EntryPoint = "sqlite3_column_type")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.AssemblyDirectory | DllImportSearchPath.SafeDirectories)]
    [SuppressGCTransition]
    public static extern int TypeOf(IntPtr statement, int column);

    [DllImport(Library, EntryPoint = "sqlite3_column_int64")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.AssemblyDirectory | DllImportSearchPath.SafeDirectories)]
    [SuppressGCTransition]
    public static extern long Long(IntPtr statement, int column);

    [DllImport(Library, EntryPoint = "sqlite3_column_double")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.AssemblyDirectory | DllImportSearchPath.SafeDirectories)]
    [SuppressGCTransition]
    public static extern double Double(IntPtr statement, int column);

    /// <summary>What a column holds, to be looked at by the functions below: these take no lock, and hold until the next row.</summary>
    [DllImport(Library, EntryPoint = "sqlite3_column_value")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.AssemblyDirectory | DllImportSearchPath.SafeDirectories)]
    [SuppressGCTransition]
    public static extern IntPtr Value(IntPtr statement, int column);

    /// <summary>The first byte of a text; zero where it is empty.</summary>
    [DllImport(Library, EntryPoint = "sqlite3_value_blob")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.AssemblyDirectory | DllImportSearchPath.SafeDirectories)]
    [SuppressGCTransition]
    public static extern IntPtr Bytes(IntPtr value);

    /// <summary>The bytes of a text.</summary>
    [DllImport(Library, EntryPoint = "sqlite3_value_bytes")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.AssemblyDirectory | DllImportSearchPath.SafeDirectories)]
    [SuppressGCTransition]
    public static extern int Length(IntPtr value);
}
