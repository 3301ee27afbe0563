using System;
using System.IO;
using System.Linq;
using System.Text;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

/// <summary>
/// Lets a 64-bit ELF library load on a system whose libstdc++ lacks GLIBCXX_3.4.32: the anchor symbol of that version becomes weak in .dynsym, and the
/// version need becomes weak in .gnu.version_r. Nothing is done where libstdc++ has the version, and nothing to a library that is changed already.
/// </summary>
public class MakeLibraryAnchorWeak : Task
{
    const string Version = "GLIBCXX_3.4.32", Anchor = "_ZSt21ios_base_library_initv";
    const uint DynamicSymbols = 11, VersionNeeds = 0x6ffffffe;
    const int SymbolSize = 24, WeakBinding = 2, WeakVersion = 2;

    static readonly string[] SystemFolders = { "/usr/lib/x86_64-linux-gnu", "/lib/x86_64-linux-gnu", "/usr/lib64", "/lib64", "/usr/lib", "/usr/local/lib64" };

    byte[] elf;

    [Required]
    public string Library { get; set; }

    public override bool Execute()
    {
        string runtime = SystemFolders.Select(folder => Path.Combine(folder, "libstdc++.so.6")).FirstOrDefault(File.Exists);
        if (!File.Exists(Library) || runtime == null || Contains(File.ReadAllBytes(runtime), Version)) return true;

        elf = File.ReadAllBytes(Library);
        if (!MakeSymbolWeak() | !MakeVersionWeak()) return true;

        string temporary = Library + ".new";
        File.WriteAllBytes(temporary, elf);
        File.SetLastWriteTimeUtc(temporary, File.GetLastWriteTimeUtc(Library));
        File.Delete(Library); // a link to the package's file: what it points to stays as it is
        File.Move(temporary, Library);
        Log.LogMessage(MessageImportance.High, Path.GetFileName(Library) + " asks for " + Version + ", which " + runtime + " does not have: the copy in the output folder was changed to do without.");
        return true;
    }

    bool MakeSymbolWeak()
    {
        long section = FindSection(DynamicSymbols);
        if (section < 0) return false;
        long table = Offset(section), size = U8(section + 32), names = Offset(SectionAt(U4(section + 40)));
        for (long symbol = table; symbol < table + size; symbol += SymbolSize)
        {
            if (Text(names + U4(symbol)) != Anchor || elf[symbol + 4] >> 4 == WeakBinding) continue;
            elf[symbol + 4] = (byte)((WeakBinding << 4) | (elf[symbol + 4] & 15));
            return true;
        }

        return false;
    }

    bool MakeVersionWeak()
    {
        long section = FindSection(VersionNeeds);
        if (section < 0) return false;
        long names = Offset(SectionAt(U4(section + 40)));
        for (long need = Offset(section), step = 1; step != 0; need += step)
        {
            long entry = need + U4(need + 8);
            for (int i = 0; i < U2(need + 2); i++, entry += U4(entry + 12))
            {
                if (Text(names + U4(entry + 8)) != Version) continue;
                elf[entry + 4] |= WeakVersion;
                return true;
            }

            step = U4(need + 12);
        }

        return false;
    }

    long FindSection(uint type)
    {
        for (uint i = 0; i < U2(60); i++)
            if (U4(SectionAt(i) + 4) == type) return SectionAt(i);
        return -1;
    }

    long SectionAt(uint index) => U8(40) + index * (long)U2(58);

    long Offset(long section) => U8(section + 24);

    string Text(long offset)
    {
        int length = 0;
        while (elf[offset + length] != 0) length++;
        return Encoding.ASCII.GetString(elf, (int)offset, length);
    }

    int U2(long offset) => BitConverter.ToUInt16(elf, (int)offset);

    uint U4(long offset) => BitConverter.ToUInt32(elf, (int)offset);

    long U8(long offset) => BitConverter.ToInt64(elf, (int)offset);

    static bool Contains(byte[] bytes, string text) => Encoding.GetEncoding("ISO-8859-1").GetString(bytes).Contains(text);
}
